// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package netlink

import (
	"net"
	"time"

	"github.com/vishvananda/netns"
)

const (
	FAMILY_ALL  = 0
	FAMILY_V4   = 2
	FAMILY_V6   = 10
	FAMILY_MPLS = 28
)

type (
	Handle struct{}

	Link interface {
		Attrs() *LinkAttrs
		Type() string
	}
	LinkOperState uint8
	LinkAttrs     struct {
		Index        int
		MTU          int
		TxQLen       int
		Name         string
		HardwareAddr net.HardwareAddr
		Flags        net.Flags
		RawFlags     uint32
		ParentIndex  int
		MasterIndex  int
		Namespace    interface{}
		Alias        string
		Promisc      int
		OperState    LinkOperState
		NetNsID      int
		NumTxQueues  int
		NumRxQueues  int
		Group        uint32
	}
	NsPid int
	NsFd  int

	Addr struct {
		*net.IPNet
		Label     string
		Flags     int
		Scope     int
		Peer      *net.IPNet
		Broadcast net.IP
		LinkIndex int
	}
	Scope         uint8
	NextHopFlag   int
	RouteProtocol int
	NexthopInfo   struct {
		LinkIndex int
		Hops      int
		Gw        net.IP
		Flags     int
	}
	Route struct {
		LinkIndex  int
		ILinkIndex int
		Scope      Scope
		Dst        *net.IPNet
		Src        net.IP
		Gw         net.IP
		MultiPath  []*NexthopInfo
		Protocol   RouteProtocol
		Priority   int
		Family     int
		Table      int
		Type       int
		Tos        int
		Flags      int
		MTU        int
	}
	Rule struct {
		Priority int
		Family   int
		Table    int
		Mark     uint32
		Src      *net.IPNet
		Dst      *net.IPNet
		IifName  string
		OifName  string
		Invert   bool
	}
	Neigh struct {
		LinkIndex    int
		Family       int
		State        int
		Type         int
		Flags        int
		IP           net.IP
		HardwareAddr net.HardwareAddr
		LLIPAddr     net.IP
		Vlan         int
		VNI          int
		MasterIndex  int
	}
	QdiscAttrs struct {
		LinkIndex int
		Handle    uint32
		Parent    uint32
	}
	Qdisc interface {
		Attrs() *QdiscAttrs
		Type() string
	}
	FilterAttrs struct {
		LinkIndex int
		Handle    uint32
		Parent    uint32
		Priority  uint16
		Protocol  uint16
	}
	Filter interface {
		Attrs() *FilterAttrs
		Type() string
	}
	InetFamily         uint8
	ConntrackTableType uint8
	ConntrackFlow      struct{}
	XfrmState          struct{}
	GenlFamily         struct {
		ID      uint16
		HdrSize uint32
		Name    string
		Version uint32
		MaxAttr uint32
	}
	MacvlanMode uint16
	IPVlanMode  uint16

	LinkUpdate struct {
		Link
	}
	AddrUpdate struct {
		LinkAddress net.IPNet
		LinkIndex   int
		Flags       int
		Scope       int
		NewAddr     bool
	}
	RouteUpdate struct {
		Type uint16
		Route
	}
	NeighUpdate struct {
		Type uint16
		Neigh
	}
)

type LinkSubscribeOptions struct {
	Namespace     *netns.NsHandle
	ErrorCallback func(error)
	ListExisting  bool
}

type AddrSubscribeOptions struct {
	Namespace     *netns.NsHandle
	ErrorCallback func(error)
	ListExisting  bool
}

type RouteSubscribeOptions struct {
	Namespace     *netns.NsHandle
	ErrorCallback func(error)
	ListExisting  bool
}

type NeighSubscribeOptions struct {
	Namespace     *netns.NsHandle
	ErrorCallback func(error)
	ListExisting  bool
}

type Device struct {
	LinkAttrs
}

func (l *Device) Attrs() *LinkAttrs
func (l *Device) Type() string

type Dummy struct {
	LinkAttrs
}

func (l *Dummy) Attrs() *LinkAttrs
func (l *Dummy) Type() string

type Ifb struct {
	LinkAttrs
}

func (l *Ifb) Attrs() *LinkAttrs
func (l *Ifb) Type() string

type Bridge struct {
	LinkAttrs
	MulticastSnooping *bool
	VlanFiltering     *bool
}

func (l *Bridge) Attrs() *LinkAttrs
func (l *Bridge) Type() string

type Vlan struct {
	LinkAttrs
	VlanId int
}

func (l *Vlan) Attrs() *LinkAttrs
func (l *Vlan) Type() string

type Macvlan struct {
	LinkAttrs
	Mode MacvlanMode
}

func (l *Macvlan) Attrs() *LinkAttrs
func (l *Macvlan) Type() string

type Macvtap struct {
	Macvlan
}

func (l *Macvtap) Attrs() *LinkAttrs
func (l *Macvtap) Type() string

type Tuntap struct {
	LinkAttrs
}

func (l *Tuntap) Attrs() *LinkAttrs
func (l *Tuntap) Type() string

type Veth struct {
	LinkAttrs
	PeerName         string
	PeerHardwareAddr net.HardwareAddr
	PeerNamespace    interface{}
}

func (l *Veth) Attrs() *LinkAttrs
func (l *Veth) Type() string

type Wireguard struct {
	LinkAttrs
}

func (l *Wireguard) Attrs() *LinkAttrs
func (l *Wireguard) Type() string

type GenericLink struct {
	LinkAttrs
	LinkType string
}

func (l *GenericLink) Attrs() *LinkAttrs
func (l *GenericLink) Type() string

type IPVlan struct {
	LinkAttrs
	Mode IPVlanMode
}

func (l *IPVlan) Attrs() *LinkAttrs
func (l *IPVlan) Type() string

type Vxlan struct {
	LinkAttrs
	VxlanId      int
	VtepDevIndex int
	SrcAddr      net.IP
	Group        net.IP
	Port         int
	Learning     bool
}

func (l *Vxlan) Attrs() *LinkAttrs
func (l *Vxlan) Type() string

type Bond struct {
	LinkAttrs
}

func (l *Bond) Attrs() *LinkAttrs
func (l *Bond) Type() string

type Vrf struct {
	LinkAttrs
	Table uint32
}

func (l *Vrf) Attrs() *LinkAttrs
func (l *Vrf) Type() string

type Gretap struct {
	LinkAttrs
}

func (l *Gretap) Attrs() *LinkAttrs
func (l *Gretap) Type() string

type Iptun struct {
	LinkAttrs
}

func (l *Iptun) Attrs() *LinkAttrs
func (l *Iptun) Type() string

func NewLinkAttrs() LinkAttrs
func NewVxlan(LinkAttrs) *Vxlan
func NewLinkBond(LinkAttrs) *Bond
func ParseAddr(string) (*Addr, error)
func ParseIPNet(string) (*net.IPNet, error)
func NewIPNet(net.IP) *net.IPNet
func NewRule() *Rule
func VethPeerIndex(*Veth) (int, error)
func SetSocketTimeout(time.Duration) error
func GetSocketTimeout() time.Duration

func NewHandle(...int) (*Handle, error)
func NewHandleAt(netns.NsHandle, ...int) (*Handle, error)
func NewHandleAtFrom(netns.NsHandle, netns.NsHandle) (*Handle, error)
func (h *Handle) Close()
func (h *Handle) Delete()
func (h *Handle) SetSocketTimeout(time.Duration) error
func (h *Handle) SetSocketReceiveBufferSize(int, bool) error
func (h *Handle) SupportsNetlinkFamily(int) bool

func LinkSubscribe(chan<- LinkUpdate, <-chan struct{}) error
func LinkSubscribeAt(netns.NsHandle, chan<- LinkUpdate, <-chan struct{}) error
func LinkSubscribeWithOptions(chan<- LinkUpdate, <-chan struct{}, LinkSubscribeOptions) error
func AddrSubscribe(chan<- AddrUpdate, <-chan struct{}) error
func AddrSubscribeAt(netns.NsHandle, chan<- AddrUpdate, <-chan struct{}) error
func AddrSubscribeWithOptions(chan<- AddrUpdate, <-chan struct{}, AddrSubscribeOptions) error
func RouteSubscribe(chan<- RouteUpdate, <-chan struct{}) error
func RouteSubscribeAt(netns.NsHandle, chan<- RouteUpdate, <-chan struct{}) error
func RouteSubscribeWithOptions(chan<- RouteUpdate, <-chan struct{}, RouteSubscribeOptions) error
func NeighSubscribe(chan<- NeighUpdate, <-chan struct{}) error
func NeighSubscribeAt(netns.NsHandle, chan<- NeighUpdate, <-chan struct{}) error
func NeighSubscribeWithOptions(chan<- NeighUpdate, <-chan struct{}, NeighSubscribeOptions) error

func LinkSetUp(Link) error
func LinkSetDown(Link) error
func LinkSetMTU(Link, int) error
func LinkSetName(Link, string) error
func LinkSetAlias(Link, string) error
func LinkSetHardwareAddr(Link, net.HardwareAddr) error
func LinkSetMaster(Link, Link) error
func LinkSetNoMaster(Link) error
func LinkSetMasterByIndex(Link, int) error
func LinkSetNsPid(Link, int) error
func LinkSetNsFd(Link, int) error
func LinkSetTxQLen(Link, int) error
func LinkSetHairpin(Link, bool) error
func LinkSetARPOff(Link) error
func LinkSetARPOn(Link) error
func LinkSetVfVlan(Link, int, int) error
func LinkSetVfHardwareAddr(Link, int, net.HardwareAddr) error
func SetPromiscOn(Link) error
func SetPromiscOff(Link) error
func LinkAdd(Link) error
func LinkModify(Link) error
func LinkDel(Link) error
func LinkByName(string) (Link, error)
func LinkByAlias(string) (Link, error)
func LinkByIndex(int) (Link, error)
func LinkList() ([]Link, error)
func AddrAdd(Link, *Addr) error
func AddrReplace(Link, *Addr) error
func AddrDel(Link, *Addr) error
func AddrList(Link, int) ([]Addr, error)
func RouteAdd(*Route) error
func RouteAppend(*Route) error
func RouteChange(*Route) error
func RouteReplace(*Route) error
func RouteDel(*Route) error
func RouteList(Link, int) ([]Route, error)
func RouteListFiltered(int, *Route, uint64) ([]Route, error)
func RouteGet(net.IP) ([]Route, error)
func RuleAdd(*Rule) error
func RuleDel(*Rule) error
func RuleList(int) ([]Rule, error)
func NeighAdd(*Neigh) error
func NeighSet(*Neigh) error
func NeighAppend(*Neigh) error
func NeighDel(*Neigh) error
func NeighList(int, int) ([]Neigh, error)
func QdiscAdd(Qdisc) error
func QdiscDel(Qdisc) error
func QdiscReplace(Qdisc) error
func QdiscList(Link) ([]Qdisc, error)
func FilterAdd(Filter) error
func FilterDel(Filter) error
func FilterReplace(Filter) error
func FilterList(Link, uint32) ([]Filter, error)
func ConntrackTableList(ConntrackTableType, InetFamily) ([]*ConntrackFlow, error)
func ConntrackTableFlush(ConntrackTableType) error
func XfrmStateAdd(*XfrmState) error
func XfrmStateUpdate(*XfrmState) error
func XfrmStateDel(*XfrmState) error
func XfrmStateList(int) ([]XfrmState, error)
func GenlFamilyGet(string) (*GenlFamily, error)
func GenlFamilyList() ([]*GenlFamily, error)
func GetNetNsIdByPid(int) (int, error)
func SetNetNsIdByPid(int, int) error
func GetNetNsIdByFd(int) (int, error)
func SetNetNsIdByFd(int, int) error

func (h *Handle) LinkSetUp(Link) error
func (h *Handle) LinkSetDown(Link) error
func (h *Handle) LinkSetMTU(Link, int) error
func (h *Handle) LinkSetName(Link, string) error
func (h *Handle) LinkSetAlias(Link, string) error
func (h *Handle) LinkSetHardwareAddr(Link, net.HardwareAddr) error
func (h *Handle) LinkSetMaster(Link, Link) error
func (h *Handle) LinkSetNoMaster(Link) error
func (h *Handle) LinkSetMasterByIndex(Link, int) error
func (h *Handle) LinkSetNsPid(Link, int) error
func (h *Handle) LinkSetNsFd(Link, int) error
func (h *Handle) LinkSetTxQLen(Link, int) error
func (h *Handle) LinkSetHairpin(Link, bool) error
func (h *Handle) LinkSetARPOff(Link) error
func (h *Handle) LinkSetARPOn(Link) error
func (h *Handle) LinkSetVfVlan(Link, int, int) error
func (h *Handle) LinkSetVfHardwareAddr(Link, int, net.HardwareAddr) error
func (h *Handle) SetPromiscOn(Link) error
func (h *Handle) SetPromiscOff(Link) error
func (h *Handle) LinkAdd(Link) error
func (h *Handle) LinkModify(Link) error
func (h *Handle) LinkDel(Link) error
func (h *Handle) LinkByName(string) (Link, error)
func (h *Handle) LinkByAlias(string) (Link, error)
func (h *Handle) LinkByIndex(int) (Link, error)
func (h *Handle) LinkList() ([]Link, error)
func (h *Handle) AddrAdd(Link, *Addr) error
func (h *Handle) AddrReplace(Link, *Addr) error
func (h *Handle) AddrDel(Link, *Addr) error
func (h *Handle) AddrList(Link, int) ([]Addr, error)
func (h *Handle) RouteAdd(*Route) error
func (h *Handle) RouteAppend(*Route) error
func (h *Handle) RouteChange(*Route) error
func (h *Handle) RouteReplace(*Route) error
func (h *Handle) RouteDel(*Route) error
func (h *Handle) RouteList(Link, int) ([]Route, error)
func (h *Handle) RouteListFiltered(int, *Route, uint64) ([]Route, error)
func (h *Handle) RouteGet(net.IP) ([]Route, error)
func (h *Handle) RuleAdd(*Rule) error
func (h *Handle) RuleDel(*Rule) error
func (h *Handle) RuleList(int) ([]Rule, error)
func (h *Handle) NeighAdd(*Neigh) error
func (h *Handle) NeighSet(*Neigh) error
func (h *Handle) NeighAppend(*Neigh) error
func (h *Handle) NeighDel(*Neigh) error
func (h *Handle) NeighList(int, int) ([]Neigh, error)
func (h *Handle) QdiscAdd(Qdisc) error
func (h *Handle) QdiscDel(Qdisc) error
func (h *Handle) QdiscReplace(Qdisc) error
func (h *Handle) QdiscList(Link) ([]Qdisc, error)
func (h *Handle) FilterAdd(Filter) error
func (h *Handle) FilterDel(Filter) error
func (h *Handle) FilterReplace(Filter) error
func (h *Handle) FilterList(Link, uint32) ([]Filter, error)
func (h *Handle) ConntrackTableList(ConntrackTableType, InetFamily) ([]*ConntrackFlow, error)
func (h *Handle) ConntrackTableFlush(ConntrackTableType) error
func (h *Handle) XfrmStateAdd(*XfrmState) error
func (h *Handle) XfrmStateUpdate(*XfrmState) error
func (h *Handle) XfrmStateDel(*XfrmState) error
func (h *Handle) XfrmStateList(int) ([]XfrmState, error)
func (h *Handle) GenlFamilyGet(string) (*GenlFamily, error)
func (h *Handle) GenlFamilyList() ([]*GenlFamily, error)
func (h *Handle) GetNetNsIdByPid(int) (int, error)
func (h *Handle) SetNetNsIdByPid(int, int) error
func (h *Handle) GetNetNsIdByFd(int) (int, error)
func (h *Handle) SetNetNsIdByFd(int, int) error
