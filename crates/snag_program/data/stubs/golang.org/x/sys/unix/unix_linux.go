// Stubs for Snag: signatures and kernel constants only. Used when the module itself is not at hand.

package unix

import (
	"syscall"
	"unsafe"
)

type (
	Errno       = syscall.Errno
	Signal      = syscall.Signal
	SysProcAttr = syscall.SysProcAttr

	CPUSet        [16]uint64
	CPUSetDynamic []uint64

	CapUserHeader struct {
		Version uint32
		Pid     int32
	}
	CapUserData struct {
		Effective   uint32
		Permitted   uint32
		Inheritable uint32
	}
	Sigset_t struct {
		Val [16]uint64
	}
	SchedAttr struct {
		Size     uint32
		Policy   uint32
		Flags    uint64
		Nice     int32
		Priority uint32
		Runtime  uint64
		Deadline uint64
		Period   uint64
		Util_min uint32
		Util_max uint32
	}
	MountAttr struct {
		Attr_set    uint64
		Attr_clr    uint64
		Propagation uint64
		Userns_fd   uint64
	}
	OpenHow struct {
		Flags   uint64
		Mode    uint64
		Resolve uint64
	}
	Timespec struct {
		Sec  int64
		Nsec int64
	}
	Timeval struct {
		Sec  int64
		Usec int64
	}
	Timex  struct{}
	Time_t int64
	Tms    struct {
		Utime  int64
		Stime  int64
		Cutime int64
		Cstime int64
	}
	Utimbuf struct {
		Actime  int64
		Modtime int64
	}
	Utsname struct {
		Sysname    [65]byte
		Nodename   [65]byte
		Release    [65]byte
		Version    [65]byte
		Machine    [65]byte
		Domainname [65]byte
	}
	Rlimit struct {
		Cur uint64
		Max uint64
	}
	Rusage struct {
		Utime    Timeval
		Stime    Timeval
		Maxrss   int64
		Ixrss    int64
		Idrss    int64
		Isrss    int64
		Minflt   int64
		Majflt   int64
		Nswap    int64
		Inblock  int64
		Oublock  int64
		Msgsnd   int64
		Msgrcv   int64
		Nsignals int64
		Nvcsw    int64
		Nivcsw   int64
	}
	Siginfo struct {
		Signo int32
		Errno int32
		Code  int32
	}
	WaitStatus  uint32
	ItimerWhich int
	Itimerval   struct {
		Interval Timeval
		Value    Timeval
	}
	PtraceRegs    struct{}
	PerfEventAttr struct {
		Type               uint32
		Size               uint32
		Config             uint64
		Sample             uint64
		Sample_type        uint64
		Read_format        uint64
		Bits               uint64
		Wakeup             uint32
		Bp_type            uint32
		Ext1               uint64
		Ext2               uint64
		Branch_sample_type uint64
	}
	Stat_t struct {
		Dev     uint64
		Ino     uint64
		Nlink   uint64
		Mode    uint32
		Uid     uint32
		Gid     uint32
		Rdev    uint64
		Size    int64
		Blksize int64
		Blocks  int64
		Atim    Timespec
		Mtim    Timespec
		Ctim    Timespec
	}
	Statfs_t struct {
		Type    int64
		Bsize   int64
		Blocks  uint64
		Bfree   uint64
		Bavail  uint64
		Files   uint64
		Ffree   uint64
		Fsid    Fsid
		Namelen int64
		Frsize  int64
		Flags   int64
	}
	Statx_t struct {
		Mask   uint32
		Uid    uint32
		Gid    uint32
		Mode   uint16
		Ino    uint64
		Size   uint64
		Mnt_id uint64
	}
	Fsid struct {
		Val [2]int32
	}
	Sysinfo_t struct {
		Uptime   int64
		Loads    [3]uint64
		Totalram uint64
		Freeram  uint64
		Procs    uint16
		Unit     uint32
	}
	EpollEvent struct {
		Events uint32
		Fd     int32
		Pad    int32
	}
	PollFd struct {
		Fd      int32
		Events  int16
		Revents int16
	}
	FdSet struct {
		Bits [16]int64
	}
	Winsize struct {
		Row    uint16
		Col    uint16
		Xpixel uint16
		Ypixel uint16
	}
	Termios struct {
		Iflag  uint32
		Oflag  uint32
		Cflag  uint32
		Lflag  uint32
		Line   uint8
		Cc     [19]uint8
		Ispeed uint32
		Ospeed uint32
	}
	Flock_t struct {
		Type   int16
		Whence int16
		Start  int64
		Len    int64
		Pid    int32
	}
	Ucred struct {
		Pid int32
		Uid uint32
		Gid uint32
	}
	FileHandle struct{}
	Iovec      struct {
		Base *byte
		Len  uint64
	}
	Cmsghdr struct {
		Len   uint64
		Level int32
		Type  int32
	}
	NlMsghdr struct {
		Len   uint32
		Type  uint16
		Flags uint16
		Seq   uint32
		Pid   uint32
	}
	SockFilter struct {
		Code uint16
		Jt   uint8
		Jf   uint8
		K    uint32
	}
	SockFprog struct {
		Len    uint16
		Filter *SockFilter
	}
	SignalfdSiginfo struct {
		Signo uint32
		Errno int32
		Code  int32
		Pid   uint32
		Uid   uint32
	}

	Sockaddr interface {
		sockaddr() (unsafe.Pointer, uint32, error)
	}
	SockaddrInet4 struct {
		Port int
		Addr [4]byte
	}
	SockaddrInet6 struct {
		Port   int
		ZoneId uint32
		Addr   [16]byte
	}
	SockaddrUnix struct {
		Name string
	}
	SockaddrNetlink struct {
		Family uint16
		Pad    uint16
		Pid    uint32
		Groups uint32
	}
	SockaddrLinklayer struct {
		Protocol uint16
		Ifindex  int
		Hatype   uint16
		Pkttype  uint8
		Halen    uint8
		Addr     [8]byte
	}
	SockaddrVM struct {
		CID   uint32
		Port  uint32
		Flags uint8
	}
)

func (sa *SockaddrInet4) sockaddr() (unsafe.Pointer, uint32, error)
func (sa *SockaddrInet6) sockaddr() (unsafe.Pointer, uint32, error)
func (sa *SockaddrUnix) sockaddr() (unsafe.Pointer, uint32, error)
func (sa *SockaddrNetlink) sockaddr() (unsafe.Pointer, uint32, error)
func (sa *SockaddrLinklayer) sockaddr() (unsafe.Pointer, uint32, error)
func (sa *SockaddrVM) sockaddr() (unsafe.Pointer, uint32, error)

func (s *CPUSet) Zero()
func (s *CPUSet) Fill()
func (s *CPUSet) Set(int)
func (s *CPUSet) Clear(int)
func (s *CPUSet) IsSet(int) bool
func (s *CPUSet) Count() int
func NewCPUSet(int) CPUSetDynamic
func (s CPUSetDynamic) Zero()
func (s CPUSetDynamic) Set(int)
func (s CPUSetDynamic) Clear(int)
func (s CPUSetDynamic) IsSet(int) bool
func (s CPUSetDynamic) Count() int
func SchedSetaffinityDynamic(int, CPUSetDynamic) error
func SchedGetaffinityDynamic(int, CPUSetDynamic) error
func SetMemPolicyDynamic(int, CPUSetDynamic) error

func (w WaitStatus) Exited() bool
func (w WaitStatus) Signaled() bool
func (w WaitStatus) Stopped() bool
func (w WaitStatus) Continued() bool
func (w WaitStatus) CoreDump() bool
func (w WaitStatus) ExitStatus() int
func (w WaitStatus) Signal() syscall.Signal
func (w WaitStatus) StopSignal() syscall.Signal
func (w WaitStatus) TrapCause() int
func (ts *Timespec) Unix() (int64, int64)
func (ts *Timespec) Nano() int64
func (tv *Timeval) Unix() (int64, int64)
func (tv *Timeval) Nano() int64

func SysvShmAttach(int, uintptr, int) ([]byte, error)
func SysvShmGet(int, int, int) (int, error)
func SysvShmDetach([]byte) error
func FcntlInt(uintptr, int, int) (int, error)
func FcntlFlock(uintptr, int, *Flock_t) error
func GetsockoptUcred(int, int, int) (*Ucred, error)
func SetsockoptTimeval(int, int, int, *Timeval) error
func SetsockoptString(int, int, int, string) error
func BindToDevice(int, string) error
func UnixRights(...int) []byte
func UnixCredentials(*Ucred) []byte
func Major(uint64) uint32
func Minor(uint64) uint32
func Mkdev(uint32, uint32) uint64
func SignalName(syscall.Signal) string
func SignalNum(string) syscall.Signal
func ErrnoName(syscall.Errno) string
func Getpagesize() int
func Getpgrp() int
func NsecToTimeval(int64) Timeval
func TimevalToNsec(Timeval) int64
func Gettimeofday(*Timeval) error

func Accept(int) (int, Sockaddr, error)
func Accept4(int, int) (int, Sockaddr, error)
func Access(string, uint32) error
func Acct(string) error
func AddKey(string, string, []byte, int) (int, error)
func Bind(int, Sockaddr) error
func BytePtrFromString(string) (*byte, error)
func ByteSliceFromString(string) ([]byte, error)
func ByteSliceToString([]byte) string
func Capget(*CapUserHeader, *CapUserData) error
func Capset(*CapUserHeader, *CapUserData) error
func Chdir(string) error
func Chmod(string, uint32) error
func Chown(string, int, int) error
func Chroot(string) error
func ClockGettime(int32, *Timespec) error
func Close(int) error
func CloseOnExec(int)
func CloseRange(uint, uint, uint) error
func Connect(int, Sockaddr) error
func DeleteModule(string, int) error
func Dup(int) (int, error)
func Dup2(int, int) error
func Dup3(int, int, int) error
func Environ() []string
func EpollCreate1(int) (int, error)
func EpollCtl(int, int, int, *EpollEvent) error
func EpollWait(int, []EpollEvent, int) (int, error)
func Eventfd(uint, int) (int, error)
func Exec(string, []string, []string) error
func Faccessat(int, string, uint32, int) error
func Fallocate(int, uint32, int64, int64) error
func Fchdir(int) error
func Fchmod(int, uint32) error
func Fchmodat(int, string, uint32, int) error
func Fchown(int, int, int) error
func Fchownat(int, string, int, int, int) error
func Fdatasync(int) error
func FinitModule(int, string, int) error
func Flock(int, int) error
func Fsmount(int, int, int) (int, error)
func Fsopen(string, int) (int, error)
func Fspick(int, string, int) (int, error)
func Fstat(int, *Stat_t) error
func Fstatat(int, string, *Stat_t, int) error
func Fstatfs(int, *Statfs_t) error
func Fsync(int) error
func Ftruncate(int, int64) error
func Getcwd([]byte) (int, error)
func Getdents(int, []byte) (int, error)
func Getegid() int
func Getenv(string) (string, bool)
func Geteuid() int
func Getgid() int
func Getgroups() ([]int, error)
func Getpgid(int) (int, error)
func Getpid() int
func Getppid() int
func Getpriority(int, int) (int, error)
func Getrandom([]byte, int) (int, error)
func Getresgid() (int, int, int)
func Getresuid() (int, int, int)
func Getrlimit(int, *Rlimit) error
func Getrusage(int, *Rusage) error
func Getsid(int) (int, error)
func GetsockoptInt(int, int, int) (int, error)
func Gettid() int
func Getuid() int
func Getwd() (string, error)
func Getxattr(string, string, []byte) (int, error)
func InitModule([]byte, string) error
func InotifyAddWatch(int, string, uint32) (int, error)
func InotifyInit1(int) (int, error)
func IoctlGetInt(int, uint) (int, error)
func IoctlGetTermios(int, uint) (*Termios, error)
func IoctlGetWinsize(int, uint) (*Winsize, error)
func IoctlSetInt(int, uint, int) error
func IoctlSetTermios(int, uint, *Termios) error
func IoctlSetWinsize(int, uint, *Winsize) error
func Ioperm(int, int, int) error
func Iopl(int) error
func KeyctlBuffer(int, int, []byte, int) (int, error)
func KeyctlGetKeyringID(int, bool) (int, error)
func KeyctlInt(int, int, int, int, int) (int, error)
func KeyctlJoinSessionKeyring(string) (int, error)
func KeyctlSearch(int, string, string, int) (int, error)
func KeyctlString(int, int) (string, error)
func Kill(int, syscall.Signal) error
func Klogctl(int, []byte) (int, error)
func Lchown(string, int, int) error
func Lgetxattr(string, string, []byte) (int, error)
func Link(string, string) error
func Linkat(int, string, int, string, int) error
func Listen(int, int) error
func Listxattr(string, []byte) (int, error)
func Llistxattr(string, []byte) (int, error)
func Lsetxattr(string, string, []byte, int) error
func Lstat(string, *Stat_t) error
func Madvise([]byte, int) error
func MemfdCreate(string, int) (int, error)
func Mkdir(string, uint32) error
func Mkdirat(int, string, uint32) error
func Mknod(string, uint32, int) error
func Mknodat(int, string, uint32, int) error
func Mlock([]byte) error
func Mlockall(int) error
func Mmap(int, int64, int, int, int) ([]byte, error)
func Mount(string, string, string, uintptr, string) error
func MountSetattr(int, string, uint, *MountAttr) error
func MoveMount(int, string, int, string, int) error
func Mprotect([]byte, int) error
func Munlock([]byte) error
func Munlockall() error
func Munmap([]byte) error
func NameToHandleAt(int, string, int) (FileHandle, int, error)
func Nanosleep(*Timespec, *Timespec) error
func NsecToTimespec(int64) Timespec
func Open(string, int, uint32) (int, error)
func OpenByHandleAt(int, FileHandle, int) (int, error)
func OpenTree(int, string, uint) (int, error)
func Openat(int, string, int, uint32) (int, error)
func Openat2(int, string, *OpenHow) (int, error)
func PerfEventOpen(*PerfEventAttr, int, int, int, int) (int, error)
func PidfdGetfd(int, int, int) (int, error)
func PidfdOpen(int, int) (int, error)
func PidfdSendSignal(int, Signal, *Siginfo, int) error
func Pipe([]int) error
func Pipe2([]int, int) error
func PivotRoot(string, string) error
func Poll([]PollFd, int) (int, error)
func Ppoll([]PollFd, *Timespec, *Sigset_t) (int, error)
func Prctl(int, uintptr, uintptr, uintptr, uintptr) error
func PrctlRetInt(int, uintptr, uintptr, uintptr, uintptr) (int, error)
func Pread(int, []byte, int64) (int, error)
func Prlimit(int, int, *Rlimit, *Rlimit) error
func Pselect(int, *FdSet, *FdSet, *FdSet, *Timespec, *Sigset_t) (int, error)
func PthreadSigmask(int, *Sigset_t, *Sigset_t) error
func PtraceAttach(int) error
func PtraceCont(int, int) error
func PtraceDetach(int) error
func PtraceGetEventMsg(int) (uint, error)
func PtraceGetRegs(int, *PtraceRegs) error
func PtraceInterrupt(int) error
func PtracePeekData(int, uintptr, []byte) (int, error)
func PtracePeekText(int, uintptr, []byte) (int, error)
func PtracePeekUser(int, uintptr, []byte) (int, error)
func PtracePokeData(int, uintptr, []byte) (int, error)
func PtracePokeText(int, uintptr, []byte) (int, error)
func PtracePokeUser(int, uintptr, []byte) (int, error)
func PtraceSeize(int) error
func PtraceSetOptions(int, int) error
func PtraceSetRegs(int, *PtraceRegs) error
func PtraceSingleStep(int) error
func PtraceSyscall(int, int) error
func Pwrite(int, []byte, int64) (int, error)
func RawSyscall(uintptr, uintptr, uintptr, uintptr) (uintptr, uintptr, syscall.Errno)
func RawSyscall6(uintptr, uintptr, uintptr, uintptr, uintptr, uintptr, uintptr) (uintptr, uintptr, syscall.Errno)
func RawSyscallNoError(uintptr, uintptr, uintptr, uintptr) (uintptr, uintptr)
func Read(int, []byte) (int, error)
func Readlink(string, []byte) (int, error)
func Readlinkat(int, string, []byte) (int, error)
func Reboot(int) error
func Recvfrom(int, []byte, int) (int, Sockaddr, error)
func Recvmsg(int, []byte, []byte, int) (int, int, int, Sockaddr, error)
func Removexattr(string, string) error
func Rename(string, string) error
func Renameat(int, string, int, string) error
func Renameat2(int, string, int, string, uint) error
func RequestKey(string, string, string, int) (int, error)
func Rmdir(string) error
func SchedGetAttr(int, uint) (*SchedAttr, error)
func SchedGetaffinity(int, *CPUSet) error
func SchedSetAttr(int, *SchedAttr, uint) error
func SchedSetaffinity(int, *CPUSet) error
func Seek(int, int64, int) (int64, error)
func Select(int, *FdSet, *FdSet, *FdSet, *Timeval) (int, error)
func Sendfile(int, int, *int64, int) (int, error)
func Sendmsg(int, []byte, []byte, Sockaddr, int) error
func Sendto(int, []byte, int, Sockaddr) error
func SetMemPolicy(int, *CPUSet) error
func SetNonblock(int, bool) error
func Setdomainname([]byte) error
func Setenv(string, string) error
func Setfsgid(int) error
func SetfsgidRetGid(int) (int, error)
func Setfsuid(int) error
func SetfsuidRetUid(int) (int, error)
func Setgid(int) error
func Setgroups([]int) error
func Sethostname([]byte) error
func Setitimer(ItimerWhich, Itimerval) (Itimerval, error)
func Setns(int, int) error
func Setpgid(int, int) error
func Setpriority(int, int, int) error
func Setregid(int, int) error
func Setresgid(int, int, int) error
func Setresuid(int, int, int) error
func Setreuid(int, int) error
func Setrlimit(int, *Rlimit) error
func Setsid() (int, error)
func SetsockoptInt(int, int, int, int) error
func Setuid(int) error
func Setxattr(string, string, []byte, int) error
func Signalfd(int, *Sigset_t, int) (int, error)
func Socket(int, int, int) (int, error)
func Socketpair(int, int, int) ([2]int, error)
func Splice(int, *int64, int, *int64, int, int) (int64, error)
func Stat(string, *Stat_t) error
func Statfs(string, *Statfs_t) error
func Statx(int, string, int, int, *Statx_t) error
func Symlink(string, string) error
func Symlinkat(string, int, string) error
func Sync()
func Syncfs(int) error
func Syscall(uintptr, uintptr, uintptr, uintptr) (uintptr, uintptr, syscall.Errno)
func Syscall6(uintptr, uintptr, uintptr, uintptr, uintptr, uintptr, uintptr) (uintptr, uintptr, syscall.Errno)
func SyscallNoError(uintptr, uintptr, uintptr, uintptr) (uintptr, uintptr)
func Sysinfo(*Sysinfo_t) error
func Tee(int, int, int, int) (int64, error)
func Tgkill(int, int, syscall.Signal) error
func Times(*Tms) (uintptr, error)
func TimespecToNsec(Timespec) int64
func Truncate(string, int64) error
func Umask(int) int
func Uname(*Utsname) error
func Unlink(string) error
func Unlinkat(int, string, int) error
func Unmount(string, int) error
func Unshare(int) error
func Utimes(string, []Timeval) error
func UtimesNanoAt(int, string, []Timespec, int) error
func Wait4(int, *WaitStatus, int, *Rusage) (int, error)
func Waitid(int, int, *Siginfo, int, *Rusage) error
func Write(int, []byte) (int, error)

const (
	AF_ALG                                    = 0x26
	AF_APPLETALK                              = 0x5
	AF_ASH                                    = 0x12
	AF_ATMPVC                                 = 0x8
	AF_ATMSVC                                 = 0x14
	AF_AX25                                   = 0x3
	AF_BLUETOOTH                              = 0x1f
	AF_BRIDGE                                 = 0x7
	AF_CAIF                                   = 0x25
	AF_CAN                                    = 0x1d
	AF_DECnet                                 = 0xc
	AF_ECONET                                 = 0x13
	AF_FILE                                   = 0x1
	AF_IB                                     = 0x1b
	AF_IEEE802154                             = 0x24
	AF_INET                                   = 0x2
	AF_INET6                                  = 0xa
	AF_IPX                                    = 0x4
	AF_IRDA                                   = 0x17
	AF_ISDN                                   = 0x22
	AF_IUCV                                   = 0x20
	AF_KCM                                    = 0x29
	AF_KEY                                    = 0xf
	AF_LLC                                    = 0x1a
	AF_LOCAL                                  = 0x1
	AF_MAX                                    = 0x2e
	AF_MCTP                                   = 0x2d
	AF_MPLS                                   = 0x1c
	AF_NETBEUI                                = 0xd
	AF_NETLINK                                = 0x10
	AF_NETROM                                 = 0x6
	AF_NFC                                    = 0x27
	AF_PACKET                                 = 0x11
	AF_PHONET                                 = 0x23
	AF_PPPOX                                  = 0x18
	AF_QIPCRTR                                = 0x2a
	AF_RDS                                    = 0x15
	AF_ROSE                                   = 0xb
	AF_ROUTE                                  = 0x10
	AF_RXRPC                                  = 0x21
	AF_SECURITY                               = 0xe
	AF_SMC                                    = 0x2b
	AF_SNA                                    = 0x16
	AF_TIPC                                   = 0x1e
	AF_UNIX                                   = 0x1
	AF_UNSPEC                                 = 0x0
	AF_VSOCK                                  = 0x28
	AF_WANPIPE                                = 0x19
	AF_X25                                    = 0x9
	AF_XDP                                    = 0x2c
	AT_EACCESS                                = 0x200
	AT_EMPTY_PATH                             = 0x1000
	AT_FDCWD                                  = -0x64
	AT_NO_AUTOMOUNT                           = 0x800
	AT_RECURSIVE                              = 0x8000
	AT_REMOVEDIR                              = 0x200
	AT_STATX_DONT_SYNC                        = 0x4000
	AT_STATX_FORCE_SYNC                       = 0x2000
	AT_STATX_SYNC_AS_STAT                     = 0x0
	AT_SYMLINK_FOLLOW                         = 0x400
	AT_SYMLINK_NOFOLLOW                       = 0x100
	BPF_FS_MAGIC                              = 0xcafe4a11
	CAP_AUDIT_CONTROL                         = 0x1e
	CAP_AUDIT_READ                            = 0x25
	CAP_AUDIT_WRITE                           = 0x1d
	CAP_BLOCK_SUSPEND                         = 0x24
	CAP_BPF                                   = 0x27
	CAP_CHECKPOINT_RESTORE                    = 0x28
	CAP_CHOWN                                 = 0x0
	CAP_DAC_OVERRIDE                          = 0x1
	CAP_DAC_READ_SEARCH                       = 0x2
	CAP_FOWNER                                = 0x3
	CAP_FSETID                                = 0x4
	CAP_IPC_LOCK                              = 0xe
	CAP_IPC_OWNER                             = 0xf
	CAP_KILL                                  = 0x5
	CAP_LAST_CAP                              = 0x28
	CAP_LEASE                                 = 0x1c
	CAP_LINUX_IMMUTABLE                       = 0x9
	CAP_MAC_ADMIN                             = 0x21
	CAP_MAC_OVERRIDE                          = 0x20
	CAP_MKNOD                                 = 0x1b
	CAP_NET_ADMIN                             = 0xc
	CAP_NET_BIND_SERVICE                      = 0xa
	CAP_NET_BROADCAST                         = 0xb
	CAP_NET_RAW                               = 0xd
	CAP_PERFMON                               = 0x26
	CAP_SETFCAP                               = 0x1f
	CAP_SETGID                                = 0x6
	CAP_SETPCAP                               = 0x8
	CAP_SETUID                                = 0x7
	CAP_SYSLOG                                = 0x22
	CAP_SYS_ADMIN                             = 0x15
	CAP_SYS_BOOT                              = 0x16
	CAP_SYS_CHROOT                            = 0x12
	CAP_SYS_MODULE                            = 0x10
	CAP_SYS_NICE                              = 0x17
	CAP_SYS_PACCT                             = 0x14
	CAP_SYS_PTRACE                            = 0x13
	CAP_SYS_RAWIO                             = 0x11
	CAP_SYS_RESOURCE                          = 0x18
	CAP_SYS_TIME                              = 0x19
	CAP_SYS_TTY_CONFIG                        = 0x1a
	CAP_WAKE_ALARM                            = 0x23
	CGROUP2_SUPER_MAGIC                       = 0x63677270
	CGROUPSTATS_CMD_ATTR_FD                   = 0x1
	CGROUPSTATS_CMD_ATTR_UNSPEC               = 0x0
	CGROUPSTATS_CMD_GET                       = 0x4
	CGROUPSTATS_CMD_NEW                       = 0x5
	CGROUPSTATS_CMD_UNSPEC                    = 0x3
	CGROUPSTATS_TYPE_CGROUP_STATS             = 0x1
	CGROUPSTATS_TYPE_UNSPEC                   = 0x0
	CGROUP_SUPER_MAGIC                        = 0x27e0eb
	CLOCK_BOOTTIME                            = 0x7
	CLOCK_BOOTTIME_ALARM                      = 0x9
	CLOCK_DEFAULT                             = 0x0
	CLOCK_EXT                                 = 0x1
	CLOCK_INT                                 = 0x2
	CLOCK_MONOTONIC                           = 0x1
	CLOCK_MONOTONIC_COARSE                    = 0x6
	CLOCK_MONOTONIC_RAW                       = 0x4
	CLOCK_PROCESS_CPUTIME_ID                  = 0x2
	CLOCK_REALTIME                            = 0x0
	CLOCK_REALTIME_ALARM                      = 0x8
	CLOCK_REALTIME_COARSE                     = 0x5
	CLOCK_TAI                                 = 0xb
	CLOCK_THREAD_CPUTIME_ID                   = 0x3
	CLOCK_TXFROMRX                            = 0x4
	CLOCK_TXINT                               = 0x3
	CLONE_ARGS_SIZE_VER0                      = 0x40
	CLONE_ARGS_SIZE_VER1                      = 0x50
	CLONE_ARGS_SIZE_VER2                      = 0x58
	CLONE_CHILD_CLEARTID                      = 0x200000
	CLONE_CHILD_SETTID                        = 0x1000000
	CLONE_CLEAR_SIGHAND                       = 0x100000000
	CLONE_DETACHED                            = 0x400000
	CLONE_FILES                               = 0x400
	CLONE_FS                                  = 0x200
	CLONE_INTO_CGROUP                         = 0x200000000
	CLONE_IO                                  = 0x80000000
	CLONE_NEWCGROUP                           = 0x2000000
	CLONE_NEWIPC                              = 0x8000000
	CLONE_NEWNET                              = 0x40000000
	CLONE_NEWNS                               = 0x20000
	CLONE_NEWPID                              = 0x20000000
	CLONE_NEWTIME                             = 0x80
	CLONE_NEWUSER                             = 0x10000000
	CLONE_NEWUTS                              = 0x4000000
	CLONE_PARENT                              = 0x8000
	CLONE_PARENT_SETTID                       = 0x100000
	CLONE_PIDFD                               = 0x1000
	CLONE_PTRACE                              = 0x2000
	CLONE_SETTLS                              = 0x80000
	CLONE_SIGHAND                             = 0x800
	CLONE_SYSVSEM                             = 0x40000
	CLONE_THREAD                              = 0x10000
	CLONE_UNTRACED                            = 0x800000
	CLONE_VFORK                               = 0x4000
	CLONE_VM                                  = 0x100
	CLOSE_RANGE_CLOEXEC                       = 0x4
	CLOSE_RANGE_UNSHARE                       = 0x2
	EFD_SEMAPHORE                             = 0x1
	EPOLLERR                                  = 0x8
	EPOLLET                                   = 0x80000000
	EPOLLEXCLUSIVE                            = 0x10000000
	EPOLLHUP                                  = 0x10
	EPOLLIN                                   = 0x1
	EPOLLMSG                                  = 0x400
	EPOLLONESHOT                              = 0x40000000
	EPOLLOUT                                  = 0x4
	EPOLLPRI                                  = 0x2
	EPOLLRDBAND                               = 0x80
	EPOLLRDHUP                                = 0x2000
	EPOLLRDNORM                               = 0x40
	EPOLLWAKEUP                               = 0x20000000
	EPOLLWRBAND                               = 0x200
	EPOLLWRNORM                               = 0x100
	EPOLL_CTL_ADD                             = 0x1
	EPOLL_CTL_DEL                             = 0x2
	EPOLL_CTL_MOD                             = 0x3
	EPOLL_IOC_TYPE                            = 0x8a
	EXT4_SUPER_MAGIC                          = 0xef53
	FD_CLOEXEC                                = 0x1
	FD_PIDFS_ROOT                             = -0x2712
	FD_SETSIZE                                = 0x400
	FSMOUNT_CLOEXEC                           = 0x1
	FSOPEN_CLOEXEC                            = 0x1
	FUTEXFS_SUPER_MAGIC                       = 0xbad1dea
	F_ADD_SEALS                               = 0x409
	F_CREATED_QUERY                           = 0x404
	F_DUPFD                                   = 0x0
	F_DUPFD_CLOEXEC                           = 0x406
	F_DUPFD_QUERY                             = 0x403
	F_EXLCK                                   = 0x4
	F_GETFD                                   = 0x1
	F_GETFL                                   = 0x3
	F_GETLEASE                                = 0x401
	F_GETOWN_EX                               = 0x10
	F_GETPIPE_SZ                              = 0x408
	F_GETSIG                                  = 0xb
	F_GET_FILE_RW_HINT                        = 0x40d
	F_GET_RW_HINT                             = 0x40b
	F_GET_SEALS                               = 0x40a
	F_LOCK                                    = 0x1
	F_NOTIFY                                  = 0x402
	F_OFD_GETLK                               = 0x24
	F_OFD_SETLK                               = 0x25
	F_OFD_SETLKW                              = 0x26
	F_OK                                      = 0x0
	F_SEAL_EXEC                               = 0x20
	F_SEAL_FUTURE_WRITE                       = 0x10
	F_SEAL_GROW                               = 0x4
	F_SEAL_SEAL                               = 0x1
	F_SEAL_SHRINK                             = 0x2
	F_SEAL_WRITE                              = 0x8
	F_SETFD                                   = 0x2
	F_SETFL                                   = 0x4
	F_SETLEASE                                = 0x400
	F_SETOWN_EX                               = 0xf
	F_SETPIPE_SZ                              = 0x407
	F_SETSIG                                  = 0xa
	F_SET_FILE_RW_HINT                        = 0x40e
	F_SET_RW_HINT                             = 0x40c
	F_SHLCK                                   = 0x8
	F_TEST                                    = 0x3
	F_TLOCK                                   = 0x2
	F_ULOCK                                   = 0x0
	GRND_INSECURE                             = 0x4
	GRND_NONBLOCK                             = 0x1
	GRND_RANDOM                               = 0x2
	IFNAMSIZ                                  = 0x10
	IN_ACCESS                                 = 0x1
	IN_ALL_EVENTS                             = 0xfff
	IN_ATTRIB                                 = 0x4
	IN_CLASSA_HOST                            = 0xffffff
	IN_CLASSA_MAX                             = 0x80
	IN_CLASSA_NET                             = 0xff000000
	IN_CLASSA_NSHIFT                          = 0x18
	IN_CLASSB_HOST                            = 0xffff
	IN_CLASSB_MAX                             = 0x10000
	IN_CLASSB_NET                             = 0xffff0000
	IN_CLASSB_NSHIFT                          = 0x10
	IN_CLASSC_HOST                            = 0xff
	IN_CLASSC_NET                             = 0xffffff00
	IN_CLASSC_NSHIFT                          = 0x8
	IN_CLOSE                                  = 0x18
	IN_CLOSE_NOWRITE                          = 0x10
	IN_CLOSE_WRITE                            = 0x8
	IN_CREATE                                 = 0x100
	IN_DELETE                                 = 0x200
	IN_DELETE_SELF                            = 0x400
	IN_DONT_FOLLOW                            = 0x2000000
	IN_EXCL_UNLINK                            = 0x4000000
	IN_IGNORED                                = 0x8000
	IN_ISDIR                                  = 0x40000000
	IN_MASK_ADD                               = 0x20000000
	IN_MASK_CREATE                            = 0x10000000
	IN_MODIFY                                 = 0x2
	IN_MOVE                                   = 0xc0
	IN_MOVED_FROM                             = 0x40
	IN_MOVED_TO                               = 0x80
	IN_MOVE_SELF                              = 0x800
	IN_ONESHOT                                = 0x80000000
	IN_ONLYDIR                                = 0x1000000
	IN_OPEN                                   = 0x20
	IN_Q_OVERFLOW                             = 0x4000
	IN_UNMOUNT                                = 0x2000
	IPPROTO_AH                                = 0x33
	IPPROTO_BEETPH                            = 0x5e
	IPPROTO_COMP                              = 0x6c
	IPPROTO_DCCP                              = 0x21
	IPPROTO_DSTOPTS                           = 0x3c
	IPPROTO_EGP                               = 0x8
	IPPROTO_ENCAP                             = 0x62
	IPPROTO_ESP                               = 0x32
	IPPROTO_ETHERNET                          = 0x8f
	IPPROTO_FRAGMENT                          = 0x2c
	IPPROTO_GRE                               = 0x2f
	IPPROTO_HOPOPTS                           = 0x0
	IPPROTO_ICMP                              = 0x1
	IPPROTO_ICMPV6                            = 0x3a
	IPPROTO_IDP                               = 0x16
	IPPROTO_IGMP                              = 0x2
	IPPROTO_IP                                = 0x0
	IPPROTO_IPIP                              = 0x4
	IPPROTO_IPV6                              = 0x29
	IPPROTO_L2TP                              = 0x73
	IPPROTO_MH                                = 0x87
	IPPROTO_MPLS                              = 0x89
	IPPROTO_MPTCP                             = 0x106
	IPPROTO_MTP                               = 0x5c
	IPPROTO_NONE                              = 0x3b
	IPPROTO_PIM                               = 0x67
	IPPROTO_PUP                               = 0xc
	IPPROTO_RAW                               = 0xff
	IPPROTO_ROUTING                           = 0x2b
	IPPROTO_RSVP                              = 0x2e
	IPPROTO_SCTP                              = 0x84
	IPPROTO_SMC                               = 0x100
	IPPROTO_TCP                               = 0x6
	IPPROTO_TP                                = 0x1d
	IPPROTO_UDP                               = 0x11
	IPPROTO_UDPLITE                           = 0x88
	KEYCTL_ASSUME_AUTHORITY                   = 0x10
	KEYCTL_CAPABILITIES                       = 0x1f
	KEYCTL_CAPS0_BIG_KEY                      = 0x10
	KEYCTL_CAPS0_CAPABILITIES                 = 0x1
	KEYCTL_CAPS0_DIFFIE_HELLMAN               = 0x4
	KEYCTL_CAPS0_INVALIDATE                   = 0x20
	KEYCTL_CAPS0_MOVE                         = 0x80
	KEYCTL_CAPS0_PERSISTENT_KEYRINGS          = 0x2
	KEYCTL_CAPS0_PUBLIC_KEY                   = 0x8
	KEYCTL_CAPS0_RESTRICT_KEYRING             = 0x40
	KEYCTL_CAPS1_NOTIFICATIONS                = 0x4
	KEYCTL_CAPS1_NS_KEYRING_NAME              = 0x1
	KEYCTL_CAPS1_NS_KEY_TAG                   = 0x2
	KEYCTL_CHOWN                              = 0x4
	KEYCTL_CLEAR                              = 0x7
	KEYCTL_DESCRIBE                           = 0x6
	KEYCTL_DH_COMPUTE                         = 0x17
	KEYCTL_GET_KEYRING_ID                     = 0x0
	KEYCTL_GET_PERSISTENT                     = 0x16
	KEYCTL_GET_SECURITY                       = 0x11
	KEYCTL_INSTANTIATE                        = 0xc
	KEYCTL_INSTANTIATE_IOV                    = 0x14
	KEYCTL_INVALIDATE                         = 0x15
	KEYCTL_JOIN_SESSION_KEYRING               = 0x1
	KEYCTL_LINK                               = 0x8
	KEYCTL_MOVE                               = 0x1e
	KEYCTL_MOVE_EXCL                          = 0x1
	KEYCTL_NEGATE                             = 0xd
	KEYCTL_PKEY_DECRYPT                       = 0x1a
	KEYCTL_PKEY_ENCRYPT                       = 0x19
	KEYCTL_PKEY_QUERY                         = 0x18
	KEYCTL_PKEY_SIGN                          = 0x1b
	KEYCTL_PKEY_VERIFY                        = 0x1c
	KEYCTL_READ                               = 0xb
	KEYCTL_REJECT                             = 0x13
	KEYCTL_RESTRICT_KEYRING                   = 0x1d
	KEYCTL_REVOKE                             = 0x3
	KEYCTL_SEARCH                             = 0xa
	KEYCTL_SESSION_TO_PARENT                  = 0x12
	KEYCTL_SETPERM                            = 0x5
	KEYCTL_SET_REQKEY_KEYRING                 = 0xe
	KEYCTL_SET_TIMEOUT                        = 0xf
	KEYCTL_SUPPORTS_DECRYPT                   = 0x2
	KEYCTL_SUPPORTS_ENCRYPT                   = 0x1
	KEYCTL_SUPPORTS_SIGN                      = 0x4
	KEYCTL_SUPPORTS_VERIFY                    = 0x8
	KEYCTL_UNLINK                             = 0x9
	KEYCTL_UPDATE                             = 0x2
	KEYCTL_WATCH_KEY                          = 0x20
	KEY_REQKEY_DEFL_DEFAULT                   = 0x0
	KEY_REQKEY_DEFL_GROUP_KEYRING             = 0x6
	KEY_REQKEY_DEFL_NO_CHANGE                 = -0x1
	KEY_REQKEY_DEFL_PROCESS_KEYRING           = 0x2
	KEY_REQKEY_DEFL_REQUESTOR_KEYRING         = 0x7
	KEY_REQKEY_DEFL_SESSION_KEYRING           = 0x3
	KEY_REQKEY_DEFL_THREAD_KEYRING            = 0x1
	KEY_REQKEY_DEFL_USER_KEYRING              = 0x4
	KEY_REQKEY_DEFL_USER_SESSION_KEYRING      = 0x5
	KEY_SPEC_GROUP_KEYRING                    = -0x6
	KEY_SPEC_PROCESS_KEYRING                  = -0x2
	KEY_SPEC_REQKEY_AUTH_KEY                  = -0x7
	KEY_SPEC_REQUESTOR_KEYRING                = -0x8
	KEY_SPEC_SESSION_KEYRING                  = -0x3
	KEY_SPEC_THREAD_KEYRING                   = -0x1
	KEY_SPEC_USER_KEYRING                     = -0x4
	KEY_SPEC_USER_SESSION_KEYRING             = -0x5
	LANDLOCK_ACCESS_FS_EXECUTE                = 0x1
	LANDLOCK_ACCESS_FS_IOCTL_DEV              = 0x8000
	LANDLOCK_ACCESS_FS_MAKE_BLOCK             = 0x800
	LANDLOCK_ACCESS_FS_MAKE_CHAR              = 0x40
	LANDLOCK_ACCESS_FS_MAKE_DIR               = 0x80
	LANDLOCK_ACCESS_FS_MAKE_FIFO              = 0x400
	LANDLOCK_ACCESS_FS_MAKE_REG               = 0x100
	LANDLOCK_ACCESS_FS_MAKE_SOCK              = 0x200
	LANDLOCK_ACCESS_FS_MAKE_SYM               = 0x1000
	LANDLOCK_ACCESS_FS_READ_DIR               = 0x8
	LANDLOCK_ACCESS_FS_READ_FILE              = 0x4
	LANDLOCK_ACCESS_FS_REFER                  = 0x2000
	LANDLOCK_ACCESS_FS_REMOVE_DIR             = 0x10
	LANDLOCK_ACCESS_FS_REMOVE_FILE            = 0x20
	LANDLOCK_ACCESS_FS_TRUNCATE               = 0x4000
	LANDLOCK_ACCESS_FS_WRITE_FILE             = 0x2
	LANDLOCK_ACCESS_NET_BIND_TCP              = 0x1
	LANDLOCK_ACCESS_NET_CONNECT_TCP           = 0x2
	LANDLOCK_CREATE_RULESET_ERRATA            = 0x2
	LANDLOCK_CREATE_RULESET_VERSION           = 0x1
	LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON    = 0x2
	LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF  = 0x1
	LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF = 0x4
	LANDLOCK_RESTRICT_SELF_TSYNC              = 0x8
	LANDLOCK_RULE_PATH_BENEATH                = 0x1
	LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET       = 0x1
	LANDLOCK_SCOPE_SIGNAL                     = 0x2
	LINUX_CAPABILITY_VERSION_1                = 0x19980330
	LINUX_CAPABILITY_VERSION_2                = 0x20071026
	LINUX_CAPABILITY_VERSION_3                = 0x20080522
	LINUX_REBOOT_CMD_CAD_OFF                  = 0x0
	LINUX_REBOOT_CMD_CAD_ON                   = 0x89abcdef
	LINUX_REBOOT_CMD_HALT                     = 0xcdef0123
	LINUX_REBOOT_CMD_KEXEC                    = 0x45584543
	LINUX_REBOOT_CMD_POWER_OFF                = 0x4321fedc
	LINUX_REBOOT_CMD_RESTART                  = 0x1234567
	LINUX_REBOOT_CMD_RESTART2                 = 0xa1b2c3d4
	LINUX_REBOOT_CMD_SW_SUSPEND               = 0xd000fce2
	LINUX_REBOOT_MAGIC1                       = 0xfee1dead
	LINUX_REBOOT_MAGIC2                       = 0x28121969
	LOCK_EX                                   = 0x2
	LOCK_NB                                   = 0x4
	LOCK_SH                                   = 0x1
	LOCK_UN                                   = 0x8
	MAP_DROPPABLE                             = 0x8
	MAP_FILE                                  = 0x0
	MAP_FIXED                                 = 0x10
	MAP_FIXED_NOREPLACE                       = 0x100000
	MAP_HUGE_16GB                             = 0x88000000
	MAP_HUGE_16KB                             = 0x38000000
	MAP_HUGE_16MB                             = 0x60000000
	MAP_HUGE_1GB                              = 0x78000000
	MAP_HUGE_1MB                              = 0x50000000
	MAP_HUGE_256MB                            = 0x70000000
	MAP_HUGE_2GB                              = 0x7c000000
	MAP_HUGE_2MB                              = 0x54000000
	MAP_HUGE_32MB                             = 0x64000000
	MAP_HUGE_512KB                            = 0x4c000000
	MAP_HUGE_512MB                            = 0x74000000
	MAP_HUGE_64KB                             = 0x40000000
	MAP_HUGE_8MB                              = 0x5c000000
	MAP_HUGE_MASK                             = 0x3f
	MAP_HUGE_SHIFT                            = 0x1a
	MAP_PRIVATE                               = 0x2
	MAP_SHARED                                = 0x1
	MAP_SHARED_VALIDATE                       = 0x3
	MAP_TYPE                                  = 0xf
	MFD_ALLOW_SEALING                         = 0x2
	MFD_CLOEXEC                               = 0x1
	MFD_EXEC                                  = 0x10
	MFD_HUGETLB                               = 0x4
	MFD_HUGE_16GB                             = 0x88000000
	MFD_HUGE_16MB                             = 0x60000000
	MFD_HUGE_1GB                              = 0x78000000
	MFD_HUGE_1MB                              = 0x50000000
	MFD_HUGE_256MB                            = 0x70000000
	MFD_HUGE_2GB                              = 0x7c000000
	MFD_HUGE_2MB                              = 0x54000000
	MFD_HUGE_32MB                             = 0x64000000
	MFD_HUGE_512KB                            = 0x4c000000
	MFD_HUGE_512MB                            = 0x74000000
	MFD_HUGE_64KB                             = 0x40000000
	MFD_HUGE_8MB                              = 0x5c000000
	MFD_HUGE_MASK                             = 0x3f
	MFD_HUGE_SHIFT                            = 0x1a
	MFD_NOEXEC_SEAL                           = 0x8
	MNT_DETACH                                = 0x2
	MNT_EXPIRE                                = 0x4
	MNT_FORCE                                 = 0x1
	MNT_ID_REQ_SIZE_VER0                      = 0x18
	MNT_ID_REQ_SIZE_VER1                      = 0x20
	MNT_NS_INFO_SIZE_VER0                     = 0x10
	MOUNT_ATTR_IDMAP                          = 0x100000
	MOUNT_ATTR_NOATIME                        = 0x10
	MOUNT_ATTR_NODEV                          = 0x4
	MOUNT_ATTR_NODIRATIME                     = 0x80
	MOUNT_ATTR_NOEXEC                         = 0x8
	MOUNT_ATTR_NOSUID                         = 0x2
	MOUNT_ATTR_NOSYMFOLLOW                    = 0x200000
	MOUNT_ATTR_RDONLY                         = 0x1
	MOUNT_ATTR_RELATIME                       = 0x0
	MOUNT_ATTR_SIZE_VER0                      = 0x20
	MOUNT_ATTR_STRICTATIME                    = 0x20
	MOUNT_ATTR__ATIME                         = 0x70
	MOVE_MOUNT_F_AUTOMOUNTS                   = 0x2
	MOVE_MOUNT_F_EMPTY_PATH                   = 0x4
	MOVE_MOUNT_F_SYMLINKS                     = 0x1
	MOVE_MOUNT_SET_GROUP                      = 0x100
	MOVE_MOUNT_T_AUTOMOUNTS                   = 0x20
	MOVE_MOUNT_T_EMPTY_PATH                   = 0x40
	MOVE_MOUNT_T_SYMLINKS                     = 0x10
	MSG_BATCH                                 = 0x40000
	MSG_CMSG_CLOEXEC                          = 0x40000000
	MSG_CONFIRM                               = 0x800
	MSG_CTRUNC                                = 0x8
	MSG_DONTROUTE                             = 0x4
	MSG_DONTWAIT                              = 0x40
	MSG_EOR                                   = 0x80
	MSG_ERRQUEUE                              = 0x2000
	MSG_FASTOPEN                              = 0x20000000
	MSG_FIN                                   = 0x200
	MSG_MORE                                  = 0x8000
	MSG_NOSIGNAL                              = 0x4000
	MSG_OOB                                   = 0x1
	MSG_PEEK                                  = 0x2
	MSG_PROXY                                 = 0x10
	MSG_RST                                   = 0x1000
	MSG_SOCK_DEVMEM                           = 0x2000000
	MSG_SYN                                   = 0x400
	MSG_TRUNC                                 = 0x20
	MSG_TRYHARD                               = 0x4
	MSG_WAITALL                               = 0x100
	MSG_WAITFORONE                            = 0x10000
	MSG_ZEROCOPY                              = 0x4000000
	MS_ACTIVE                                 = 0x40000000
	MS_ASYNC                                  = 0x1
	MS_BIND                                   = 0x1000
	MS_BORN                                   = 0x20000000
	MS_DIRSYNC                                = 0x80
	MS_INVALIDATE                             = 0x2
	MS_I_VERSION                              = 0x800000
	MS_KERNMOUNT                              = 0x400000
	MS_LAZYTIME                               = 0x2000000
	MS_MANDLOCK                               = 0x40
	MS_MGC_MSK                                = 0xffff0000
	MS_MGC_VAL                                = 0xc0ed0000
	MS_MOVE                                   = 0x2000
	MS_NOATIME                                = 0x400
	MS_NODEV                                  = 0x4
	MS_NODIRATIME                             = 0x800
	MS_NOEXEC                                 = 0x8
	MS_NOREMOTELOCK                           = 0x8000000
	MS_NOSEC                                  = 0x10000000
	MS_NOSUID                                 = 0x2
	MS_NOSYMFOLLOW                            = 0x100
	MS_NOUSER                                 = 0x80000000
	MS_POSIXACL                               = 0x10000
	MS_PRIVATE                                = 0x40000
	MS_RDONLY                                 = 0x1
	MS_REC                                    = 0x4000
	MS_RELATIME                               = 0x200000
	MS_REMOUNT                                = 0x20
	MS_RMT_MASK                               = 0x2800051
	MS_SHARED                                 = 0x100000
	MS_SILENT                                 = 0x8000
	MS_SLAVE                                  = 0x80000
	MS_STRICTATIME                            = 0x1000000
	MS_SUBMOUNT                               = 0x4000000
	MS_SYNC                                   = 0x4
	MS_SYNCHRONOUS                            = 0x10
	MS_UNBINDABLE                             = 0x20000
	MS_VERBOSE                                = 0x8000
	NETLINK_ADD_MEMBERSHIP                    = 0x1
	NETLINK_AUDIT                             = 0x9
	NETLINK_BROADCAST_ERROR                   = 0x4
	NETLINK_CAP_ACK                           = 0xa
	NETLINK_CONNECTOR                         = 0xb
	NETLINK_CRYPTO                            = 0x15
	NETLINK_DNRTMSG                           = 0xe
	NETLINK_DROP_MEMBERSHIP                   = 0x2
	NETLINK_ECRYPTFS                          = 0x13
	NETLINK_EXT_ACK                           = 0xb
	NETLINK_FIB_LOOKUP                        = 0xa
	NETLINK_FIREWALL                          = 0x3
	NETLINK_GENERIC                           = 0x10
	NETLINK_GET_STRICT_CHK                    = 0xc
	NETLINK_INET_DIAG                         = 0x4
	NETLINK_IP6_FW                            = 0xd
	NETLINK_ISCSI                             = 0x8
	NETLINK_KOBJECT_UEVENT                    = 0xf
	NETLINK_LISTEN_ALL_NSID                   = 0x8
	NETLINK_LIST_MEMBERSHIPS                  = 0x9
	NETLINK_NETFILTER                         = 0xc
	NETLINK_NFLOG                             = 0x5
	NETLINK_NO_ENOBUFS                        = 0x5
	NETLINK_PKTINFO                           = 0x3
	NETLINK_RDMA                              = 0x14
	NETLINK_ROUTE                             = 0x0
	NETLINK_RX_RING                           = 0x6
	NETLINK_SCSITRANSPORT                     = 0x12
	NETLINK_SELINUX                           = 0x7
	NETLINK_SMC                               = 0x16
	NETLINK_SOCK_DIAG                         = 0x4
	NETLINK_TX_RING                           = 0x7
	NETLINK_UNUSED                            = 0x1
	NETLINK_USERSOCK                          = 0x2
	NETLINK_XFRM                              = 0x6
	NFS_SUPER_MAGIC                           = 0x6969
	NSFS_MAGIC                                = 0x6e736673
	OPEN_TREE_CLONE                           = 0x1
	OVERLAYFS_SUPER_MAGIC                     = 0x794c7630
	O_ACCMODE                                 = 0x3
	O_RDONLY                                  = 0x0
	O_RDWR                                    = 0x2
	O_WRONLY                                  = 0x1
	PERF_ATTR_SIZE_VER0                       = 0x40
	PERF_ATTR_SIZE_VER1                       = 0x48
	PERF_ATTR_SIZE_VER2                       = 0x50
	PERF_ATTR_SIZE_VER3                       = 0x60
	PERF_ATTR_SIZE_VER4                       = 0x68
	PERF_ATTR_SIZE_VER5                       = 0x70
	PERF_ATTR_SIZE_VER6                       = 0x78
	PERF_ATTR_SIZE_VER7                       = 0x80
	PERF_ATTR_SIZE_VER8                       = 0x88
	PERF_ATTR_SIZE_VER9                       = 0x90
	PERF_AUX_FLAG_COLLISION                   = 0x8
	PERF_AUX_FLAG_CORESIGHT_FORMAT_CORESIGHT  = 0x0
	PERF_AUX_FLAG_CORESIGHT_FORMAT_RAW        = 0x100
	PERF_AUX_FLAG_OVERWRITE                   = 0x2
	PERF_AUX_FLAG_PARTIAL                     = 0x4
	PERF_AUX_FLAG_PMU_FORMAT_TYPE_MASK        = 0xff00
	PERF_AUX_FLAG_TRUNCATED                   = 0x1
	PERF_BPF_EVENT_MAX                        = 0x3
	PERF_BPF_EVENT_PROG_LOAD                  = 0x1
	PERF_BPF_EVENT_PROG_UNLOAD                = 0x2
	PERF_BPF_EVENT_UNKNOWN                    = 0x0
	PERF_BRANCH_ENTRY_INFO_BITS_MAX           = 0x21
	PERF_BR_ARM64_DEBUG_DATA                  = 0x7
	PERF_BR_ARM64_DEBUG_EXIT                  = 0x5
	PERF_BR_ARM64_DEBUG_HALT                  = 0x4
	PERF_BR_ARM64_DEBUG_INST                  = 0x6
	PERF_BR_ARM64_FIQ                         = 0x3
	PERF_BR_CALL                              = 0x4
	PERF_BR_COND                              = 0x1
	PERF_BR_COND_CALL                         = 0x9
	PERF_BR_COND_RET                          = 0xa
	PERF_BR_ERET                              = 0xb
	PERF_BR_EXTEND_ABI                        = 0xf
	PERF_BR_IND                               = 0x3
	PERF_BR_IND_CALL                          = 0x5
	PERF_BR_IRQ                               = 0xc
	PERF_BR_MAX                               = 0x10
	PERF_BR_NO_TX                             = 0xe
	PERF_BR_RET                               = 0x6
	PERF_BR_SERROR                            = 0xd
	PERF_BR_SYSCALL                           = 0x7
	PERF_BR_SYSRET                            = 0x8
	PERF_BR_UNCOND                            = 0x2
	PERF_BR_UNKNOWN                           = 0x0
	PERF_CONTEXT_GUEST                        = -0x800
	PERF_CONTEXT_GUEST_KERNEL                 = -0x880
	PERF_CONTEXT_GUEST_USER                   = -0xa00
	PERF_CONTEXT_HV                           = -0x20
	PERF_CONTEXT_KERNEL                       = -0x80
	PERF_CONTEXT_MAX                          = -0xfff
	PERF_CONTEXT_USER                         = -0x200
	PERF_COUNT_HW_BRANCH_INSTRUCTIONS         = 0x4
	PERF_COUNT_HW_BRANCH_MISSES               = 0x5
	PERF_COUNT_HW_BUS_CYCLES                  = 0x6
	PERF_COUNT_HW_CACHE_BPU                   = 0x5
	PERF_COUNT_HW_CACHE_DTLB                  = 0x3
	PERF_COUNT_HW_CACHE_ITLB                  = 0x4
	PERF_COUNT_HW_CACHE_L1D                   = 0x0
	PERF_COUNT_HW_CACHE_L1I                   = 0x1
	PERF_COUNT_HW_CACHE_LL                    = 0x2
	PERF_COUNT_HW_CACHE_MAX                   = 0x7
	PERF_COUNT_HW_CACHE_MISSES                = 0x3
	PERF_COUNT_HW_CACHE_NODE                  = 0x6
	PERF_COUNT_HW_CACHE_OP_MAX                = 0x3
	PERF_COUNT_HW_CACHE_OP_PREFETCH           = 0x2
	PERF_COUNT_HW_CACHE_OP_READ               = 0x0
	PERF_COUNT_HW_CACHE_OP_WRITE              = 0x1
	PERF_COUNT_HW_CACHE_REFERENCES            = 0x2
	PERF_COUNT_HW_CACHE_RESULT_ACCESS         = 0x0
	PERF_COUNT_HW_CACHE_RESULT_MAX            = 0x2
	PERF_COUNT_HW_CACHE_RESULT_MISS           = 0x1
	PERF_COUNT_HW_CPU_CYCLES                  = 0x0
	PERF_COUNT_HW_INSTRUCTIONS                = 0x1
	PERF_COUNT_HW_MAX                         = 0xa
	PERF_COUNT_HW_REF_CPU_CYCLES              = 0x9
	PERF_COUNT_HW_STALLED_CYCLES_BACKEND      = 0x8
	PERF_COUNT_HW_STALLED_CYCLES_FRONTEND     = 0x7
	PERF_COUNT_SW_ALIGNMENT_FAULTS            = 0x7
	PERF_COUNT_SW_BPF_OUTPUT                  = 0xa
	PERF_COUNT_SW_CONTEXT_SWITCHES            = 0x3
	PERF_COUNT_SW_CPU_CLOCK                   = 0x0
	PERF_COUNT_SW_CPU_MIGRATIONS              = 0x4
	PERF_COUNT_SW_DUMMY                       = 0x9
	PERF_COUNT_SW_EMULATION_FAULTS            = 0x8
	PERF_COUNT_SW_MAX                         = 0xc
	PERF_COUNT_SW_PAGE_FAULTS                 = 0x2
	PERF_COUNT_SW_PAGE_FAULTS_MAJ             = 0x6
	PERF_COUNT_SW_PAGE_FAULTS_MIN             = 0x5
	PERF_COUNT_SW_TASK_CLOCK                  = 0x1
	PERF_FLAG_FD_CLOEXEC                      = 0x8
	PERF_FLAG_FD_NO_GROUP                     = 0x1
	PERF_FLAG_FD_OUTPUT                       = 0x2
	PERF_FLAG_PID_CGROUP                      = 0x4
	PERF_FORMAT_GROUP                         = 0x8
	PERF_FORMAT_ID                            = 0x4
	PERF_FORMAT_LOST                          = 0x10
	PERF_FORMAT_MAX                           = 0x20
	PERF_FORMAT_TOTAL_TIME_ENABLED            = 0x1
	PERF_FORMAT_TOTAL_TIME_RUNNING            = 0x2
	PERF_HW_EVENT_MASK                        = 0xffffffff
	PERF_IOC_FLAG_GROUP                       = 0x1
	PERF_MAX_CONTEXTS_PER_STACK               = 0x8
	PERF_MAX_STACK_DEPTH                      = 0x7f
	PERF_MEM_BLK_ADDR                         = 0x4
	PERF_MEM_BLK_DATA                         = 0x2
	PERF_MEM_BLK_NA                           = 0x1
	PERF_MEM_HOPS_0                           = 0x1
	PERF_MEM_HOPS_1                           = 0x2
	PERF_MEM_HOPS_2                           = 0x3
	PERF_MEM_HOPS_3                           = 0x4
	PERF_MEM_LOCK_LOCKED                      = 0x2
	PERF_MEM_LOCK_NA                          = 0x1
	PERF_MEM_LVLNUM_ANY_CACHE                 = 0xb
	PERF_MEM_LVLNUM_CXL                       = 0x9
	PERF_MEM_LVLNUM_IO                        = 0xa
	PERF_MEM_LVLNUM_L0                        = 0x7
	PERF_MEM_LVLNUM_L1                        = 0x1
	PERF_MEM_LVLNUM_L2                        = 0x2
	PERF_MEM_LVLNUM_L2_MHB                    = 0x5
	PERF_MEM_LVLNUM_L3                        = 0x3
	PERF_MEM_LVLNUM_L4                        = 0x4
	PERF_MEM_LVLNUM_LFB                       = 0xc
	PERF_MEM_LVLNUM_MSC                       = 0x6
	PERF_MEM_LVLNUM_NA                        = 0xf
	PERF_MEM_LVLNUM_PMEM                      = 0xe
	PERF_MEM_LVLNUM_RAM                       = 0xd
	PERF_MEM_LVLNUM_UNC                       = 0x8
	PERF_MEM_LVL_HIT                          = 0x2
	PERF_MEM_LVL_IO                           = 0x1000
	PERF_MEM_LVL_L1                           = 0x8
	PERF_MEM_LVL_L2                           = 0x20
	PERF_MEM_LVL_L3                           = 0x40
	PERF_MEM_LVL_LFB                          = 0x10
	PERF_MEM_LVL_LOC_RAM                      = 0x80
	PERF_MEM_LVL_MISS                         = 0x4
	PERF_MEM_LVL_NA                           = 0x1
	PERF_MEM_LVL_REM_CCE1                     = 0x400
	PERF_MEM_LVL_REM_CCE2                     = 0x800
	PERF_MEM_LVL_REM_RAM1                     = 0x100
	PERF_MEM_LVL_REM_RAM2                     = 0x200
	PERF_MEM_LVL_UNC                          = 0x2000
	PERF_MEM_OP_EXEC                          = 0x10
	PERF_MEM_OP_LOAD                          = 0x2
	PERF_MEM_OP_NA                            = 0x1
	PERF_MEM_OP_PFETCH                        = 0x8
	PERF_MEM_OP_STORE                         = 0x4
	PERF_MEM_REGION_L_NON_SHARE               = 0x3
	PERF_MEM_REGION_L_SHARE                   = 0x2
	PERF_MEM_REGION_MEM0                      = 0x8
	PERF_MEM_REGION_MEM1                      = 0x9
	PERF_MEM_REGION_MEM2                      = 0xa
	PERF_MEM_REGION_MEM3                      = 0xb
	PERF_MEM_REGION_MEM4                      = 0xc
	PERF_MEM_REGION_MEM5                      = 0xd
	PERF_MEM_REGION_MEM6                      = 0xe
	PERF_MEM_REGION_MEM7                      = 0xf
	PERF_MEM_REGION_MMIO                      = 0x7
	PERF_MEM_REGION_NA                        = 0x0
	PERF_MEM_REGION_O_IO                      = 0x4
	PERF_MEM_REGION_O_NON_SHARE               = 0x6
	PERF_MEM_REGION_O_SHARE                   = 0x5
	PERF_MEM_REGION_RSVD                      = 0x1
	PERF_MEM_REMOTE_REMOTE                    = 0x1
	PERF_MEM_SNOOPX_FWD                       = 0x1
	PERF_MEM_SNOOPX_PEER                      = 0x2
	PERF_MEM_SNOOP_HIT                        = 0x4
	PERF_MEM_SNOOP_HITM                       = 0x10
	PERF_MEM_SNOOP_MISS                       = 0x8
	PERF_MEM_SNOOP_NA                         = 0x1
	PERF_MEM_SNOOP_NONE                       = 0x2
	PERF_MEM_TLB_HIT                          = 0x2
	PERF_MEM_TLB_L1                           = 0x8
	PERF_MEM_TLB_L2                           = 0x10
	PERF_MEM_TLB_MISS                         = 0x4
	PERF_MEM_TLB_NA                           = 0x1
	PERF_MEM_TLB_OS                           = 0x40
	PERF_MEM_TLB_WK                           = 0x20
	PERF_RECORD_AUX                           = 0xb
	PERF_RECORD_AUX_OUTPUT_HW_ID              = 0x15
	PERF_RECORD_BPF_EVENT                     = 0x12
	PERF_RECORD_CGROUP                        = 0x13
	PERF_RECORD_COMM                          = 0x3
	PERF_RECORD_EXIT                          = 0x4
	PERF_RECORD_FORK                          = 0x7
	PERF_RECORD_ITRACE_START                  = 0xc
	PERF_RECORD_KSYMBOL                       = 0x11
	PERF_RECORD_KSYMBOL_FLAGS_UNREGISTER      = 0x1
	PERF_RECORD_KSYMBOL_TYPE_BPF              = 0x1
	PERF_RECORD_KSYMBOL_TYPE_MAX              = 0x3
	PERF_RECORD_KSYMBOL_TYPE_OOL              = 0x2
	PERF_RECORD_KSYMBOL_TYPE_UNKNOWN          = 0x0
	PERF_RECORD_LOST                          = 0x2
	PERF_RECORD_LOST_SAMPLES                  = 0xd
	PERF_RECORD_MAX                           = 0x17
	PERF_RECORD_MISC_COMM_EXEC                = 0x2000
	PERF_RECORD_MISC_CPUMODE_MASK             = 0x7
	PERF_RECORD_MISC_CPUMODE_UNKNOWN          = 0x0
	PERF_RECORD_MISC_EXACT_IP                 = 0x4000
	PERF_RECORD_MISC_EXT_RESERVED             = 0x8000
	PERF_RECORD_MISC_FORK_EXEC                = 0x2000
	PERF_RECORD_MISC_GUEST_KERNEL             = 0x4
	PERF_RECORD_MISC_GUEST_USER               = 0x5
	PERF_RECORD_MISC_HYPERVISOR               = 0x3
	PERF_RECORD_MISC_KERNEL                   = 0x1
	PERF_RECORD_MISC_MMAP_BUILD_ID            = 0x4000
	PERF_RECORD_MISC_MMAP_DATA                = 0x2000
	PERF_RECORD_MISC_PROC_MAP_PARSE_TIMEOUT   = 0x1000
	PERF_RECORD_MISC_SWITCH_OUT               = 0x2000
	PERF_RECORD_MISC_SWITCH_OUT_PREEMPT       = 0x4000
	PERF_RECORD_MISC_USER                     = 0x2
	PERF_RECORD_MMAP                          = 0x1
	PERF_RECORD_MMAP2                         = 0xa
	PERF_RECORD_NAMESPACES                    = 0x10
	PERF_RECORD_READ                          = 0x8
	PERF_RECORD_SAMPLE                        = 0x9
	PERF_RECORD_SWITCH                        = 0xe
	PERF_RECORD_SWITCH_CPU_WIDE               = 0xf
	PERF_RECORD_TEXT_POKE                     = 0x14
	PERF_RECORD_THROTTLE                      = 0x5
	PERF_RECORD_UNTHROTTLE                    = 0x6
	PERF_SAMPLE_ADDR                          = 0x8
	PERF_SAMPLE_AUX                           = 0x100000
	PERF_SAMPLE_BRANCH_ABORT_TX               = 0x80
	PERF_SAMPLE_BRANCH_ANY                    = 0x8
	PERF_SAMPLE_BRANCH_ANY_CALL               = 0x10
	PERF_SAMPLE_BRANCH_ANY_RETURN             = 0x20
	PERF_SAMPLE_BRANCH_CALL                   = 0x2000
	PERF_SAMPLE_BRANCH_CALL_STACK             = 0x800
	PERF_SAMPLE_BRANCH_COND                   = 0x400
	PERF_SAMPLE_BRANCH_COUNTERS               = 0x80000
	PERF_SAMPLE_BRANCH_HV                     = 0x4
	PERF_SAMPLE_BRANCH_HW_INDEX               = 0x20000
	PERF_SAMPLE_BRANCH_IND_CALL               = 0x40
	PERF_SAMPLE_BRANCH_IND_JUMP               = 0x1000
	PERF_SAMPLE_BRANCH_IN_TX                  = 0x100
	PERF_SAMPLE_BRANCH_KERNEL                 = 0x2
	PERF_SAMPLE_BRANCH_MAX                    = 0x100000
	PERF_SAMPLE_BRANCH_NO_CYCLES              = 0x8000
	PERF_SAMPLE_BRANCH_NO_FLAGS               = 0x4000
	PERF_SAMPLE_BRANCH_NO_TX                  = 0x200
	PERF_SAMPLE_BRANCH_PLM_ALL                = 0x7
	PERF_SAMPLE_BRANCH_PRIV_SAVE              = 0x40000
	PERF_SAMPLE_BRANCH_STACK                  = 0x800
	PERF_SAMPLE_BRANCH_TYPE_SAVE              = 0x10000
	PERF_SAMPLE_BRANCH_USER                   = 0x1
	PERF_SAMPLE_CALLCHAIN                     = 0x20
	PERF_SAMPLE_CGROUP                        = 0x200000
	PERF_SAMPLE_CODE_PAGE_SIZE                = 0x800000
	PERF_SAMPLE_CPU                           = 0x80
	PERF_SAMPLE_DATA_PAGE_SIZE                = 0x400000
	PERF_SAMPLE_DATA_SRC                      = 0x8000
	PERF_SAMPLE_ID                            = 0x40
	PERF_SAMPLE_IDENTIFIER                    = 0x10000
	PERF_SAMPLE_IP                            = 0x1
	PERF_SAMPLE_MAX                           = 0x2000000
	PERF_SAMPLE_PERIOD                        = 0x100
	PERF_SAMPLE_PHYS_ADDR                     = 0x80000
	PERF_SAMPLE_RAW                           = 0x400
	PERF_SAMPLE_READ                          = 0x10
	PERF_SAMPLE_REGS_ABI_32                   = 0x1
	PERF_SAMPLE_REGS_ABI_64                   = 0x2
	PERF_SAMPLE_REGS_ABI_NONE                 = 0x0
	PERF_SAMPLE_REGS_INTR                     = 0x40000
	PERF_SAMPLE_REGS_USER                     = 0x1000
	PERF_SAMPLE_STACK_USER                    = 0x2000
	PERF_SAMPLE_STREAM_ID                     = 0x200
	PERF_SAMPLE_TID                           = 0x2
	PERF_SAMPLE_TIME                          = 0x4
	PERF_SAMPLE_TRANSACTION                   = 0x20000
	PERF_SAMPLE_WEIGHT                        = 0x4000
	PERF_SAMPLE_WEIGHT_STRUCT                 = 0x1000000
	PERF_SAMPLE_WEIGHT_TYPE                   = 0x1004000
	PERF_TXN_ABORT_MASK                       = -0x100000000
	PERF_TXN_ASYNC                            = 0x8
	PERF_TXN_CAPACITY_READ                    = 0x80
	PERF_TXN_CAPACITY_WRITE                   = 0x40
	PERF_TXN_CONFLICT                         = 0x20
	PERF_TXN_ELISION                          = 0x1
	PERF_TXN_MAX                              = 0x100
	PERF_TXN_RETRY                            = 0x10
	PERF_TXN_SYNC                             = 0x4
	PERF_TXN_TRANSACTION                      = 0x2
	PERF_TYPE_BREAKPOINT                      = 0x5
	PERF_TYPE_HARDWARE                        = 0x0
	PERF_TYPE_HW_CACHE                        = 0x3
	PERF_TYPE_MAX                             = 0x6
	PERF_TYPE_RAW                             = 0x4
	PERF_TYPE_SOFTWARE                        = 0x1
	PERF_TYPE_TRACEPOINT                      = 0x2
	PF_ALG                                    = 0x26
	PF_APPLETALK                              = 0x5
	PF_ASH                                    = 0x12
	PF_ATMPVC                                 = 0x8
	PF_ATMSVC                                 = 0x14
	PF_AX25                                   = 0x3
	PF_BLUETOOTH                              = 0x1f
	PF_BRIDGE                                 = 0x7
	PF_CAIF                                   = 0x25
	PF_CAN                                    = 0x1d
	PF_DECnet                                 = 0xc
	PF_ECONET                                 = 0x13
	PF_FILE                                   = 0x1
	PF_IB                                     = 0x1b
	PF_IEEE802154                             = 0x24
	PF_INET                                   = 0x2
	PF_INET6                                  = 0xa
	PF_IPX                                    = 0x4
	PF_IRDA                                   = 0x17
	PF_ISDN                                   = 0x22
	PF_IUCV                                   = 0x20
	PF_KCM                                    = 0x29
	PF_KEY                                    = 0xf
	PF_LLC                                    = 0x1a
	PF_LOCAL                                  = 0x1
	PF_MAX                                    = 0x2e
	PF_MCTP                                   = 0x2d
	PF_MPLS                                   = 0x1c
	PF_NETBEUI                                = 0xd
	PF_NETLINK                                = 0x10
	PF_NETROM                                 = 0x6
	PF_NFC                                    = 0x27
	PF_PACKET                                 = 0x11
	PF_PHONET                                 = 0x23
	PF_PPPOX                                  = 0x18
	PF_QIPCRTR                                = 0x2a
	PF_R                                      = 0x4
	PF_RDS                                    = 0x15
	PF_ROSE                                   = 0xb
	PF_ROUTE                                  = 0x10
	PF_RXRPC                                  = 0x21
	PF_SECURITY                               = 0xe
	PF_SMC                                    = 0x2b
	PF_SNA                                    = 0x16
	PF_TIPC                                   = 0x1e
	PF_UNIX                                   = 0x1
	PF_UNSPEC                                 = 0x0
	PF_VSOCK                                  = 0x28
	PF_W                                      = 0x2
	PF_WANPIPE                                = 0x19
	PF_X                                      = 0x1
	PF_X25                                    = 0x9
	PF_XDP                                    = 0x2c
	PRIO_PGRP                                 = 0x1
	PRIO_PROCESS                              = 0x0
	PRIO_USER                                 = 0x2
	PROC_SUPER_MAGIC                          = 0x9fa0
	PROT_EXEC                                 = 0x4
	PROT_GROWSDOWN                            = 0x1000000
	PROT_GROWSUP                              = 0x2000000
	PROT_NONE                                 = 0x0
	PROT_READ                                 = 0x1
	PROT_WRITE                                = 0x2
	PR_CAPBSET_DROP                           = 0x18
	PR_CAPBSET_READ                           = 0x17
	PR_CAP_AMBIENT                            = 0x2f
	PR_CAP_AMBIENT_CLEAR_ALL                  = 0x4
	PR_CAP_AMBIENT_IS_SET                     = 0x1
	PR_CAP_AMBIENT_LOWER                      = 0x3
	PR_CAP_AMBIENT_RAISE                      = 0x2
	PR_CFI_BRANCH_LANDING_PADS                = 0x0
	PR_CFI_DISABLE                            = 0x2
	PR_CFI_ENABLE                             = 0x1
	PR_CFI_LOCK                               = 0x4
	PR_ENDIAN_BIG                             = 0x0
	PR_ENDIAN_LITTLE                          = 0x1
	PR_ENDIAN_PPC_LITTLE                      = 0x2
	PR_FPEMU_NOPRINT                          = 0x1
	PR_FPEMU_SIGFPE                           = 0x2
	PR_FP_EXC_ASYNC                           = 0x2
	PR_FP_EXC_DISABLED                        = 0x0
	PR_FP_EXC_DIV                             = 0x10000
	PR_FP_EXC_INV                             = 0x100000
	PR_FP_EXC_NONRECOV                        = 0x1
	PR_FP_EXC_OVF                             = 0x20000
	PR_FP_EXC_PRECISE                         = 0x3
	PR_FP_EXC_RES                             = 0x80000
	PR_FP_EXC_SW_ENABLE                       = 0x80
	PR_FP_EXC_UND                             = 0x40000
	PR_FP_MODE_FR                             = 0x1
	PR_FP_MODE_FRE                            = 0x2
	PR_FUTEX_HASH                             = 0x4e
	PR_FUTEX_HASH_GET_IMMUTABLE               = 0x3
	PR_FUTEX_HASH_GET_SLOTS                   = 0x2
	PR_FUTEX_HASH_SET_SLOTS                   = 0x1
	PR_GET_AUXV                               = 0x41555856
	PR_GET_CFI                                = 0x50
	PR_GET_CHILD_SUBREAPER                    = 0x25
	PR_GET_DUMPABLE                           = 0x3
	PR_GET_ENDIAN                             = 0x13
	PR_GET_FPEMU                              = 0x9
	PR_GET_FPEXC                              = 0xb
	PR_GET_FP_MODE                            = 0x2e
	PR_GET_IO_FLUSHER                         = 0x3a
	PR_GET_KEEPCAPS                           = 0x7
	PR_GET_MDWE                               = 0x42
	PR_GET_MEMORY_MERGE                       = 0x44
	PR_GET_NAME                               = 0x10
	PR_GET_NO_NEW_PRIVS                       = 0x27
	PR_GET_PDEATHSIG                          = 0x2
	PR_GET_SECCOMP                            = 0x15
	PR_GET_SECUREBITS                         = 0x1b
	PR_GET_SHADOW_STACK_STATUS                = 0x4a
	PR_GET_SPECULATION_CTRL                   = 0x34
	PR_GET_TAGGED_ADDR_CTRL                   = 0x38
	PR_GET_THP_DISABLE                        = 0x2a
	PR_GET_TID_ADDRESS                        = 0x28
	PR_GET_TIMERSLACK                         = 0x1e
	PR_GET_TIMING                             = 0xd
	PR_GET_TSC                                = 0x19
	PR_GET_UNALIGN                            = 0x5
	PR_LOCK_SHADOW_STACK_STATUS               = 0x4c
	PR_MCE_KILL                               = 0x21
	PR_MCE_KILL_CLEAR                         = 0x0
	PR_MCE_KILL_DEFAULT                       = 0x2
	PR_MCE_KILL_EARLY                         = 0x1
	PR_MCE_KILL_GET                           = 0x22
	PR_MCE_KILL_LATE                          = 0x0
	PR_MCE_KILL_SET                           = 0x1
	PR_MDWE_NO_INHERIT                        = 0x2
	PR_MDWE_REFUSE_EXEC_GAIN                  = 0x1
	PR_MPX_DISABLE_MANAGEMENT                 = 0x2c
	PR_MPX_ENABLE_MANAGEMENT                  = 0x2b
	PR_MTE_STORE_ONLY                         = 0x80000
	PR_MTE_TAG_MASK                           = 0x7fff8
	PR_MTE_TAG_SHIFT                          = 0x3
	PR_MTE_TCF_ASYNC                          = 0x4
	PR_MTE_TCF_MASK                           = 0x6
	PR_MTE_TCF_NONE                           = 0x0
	PR_MTE_TCF_SHIFT                          = 0x1
	PR_MTE_TCF_SYNC                           = 0x2
	PR_PAC_APDAKEY                            = 0x4
	PR_PAC_APDBKEY                            = 0x8
	PR_PAC_APGAKEY                            = 0x10
	PR_PAC_APIAKEY                            = 0x1
	PR_PAC_APIBKEY                            = 0x2
	PR_PAC_GET_ENABLED_KEYS                   = 0x3d
	PR_PAC_RESET_KEYS                         = 0x36
	PR_PAC_SET_ENABLED_KEYS                   = 0x3c
	PR_PMLEN_MASK                             = 0x7f000000
	PR_PMLEN_SHIFT                            = 0x18
	PR_PPC_DEXCR_CTRL_CLEAR                   = 0x4
	PR_PPC_DEXCR_CTRL_CLEAR_ONEXEC            = 0x10
	PR_PPC_DEXCR_CTRL_EDITABLE                = 0x1
	PR_PPC_DEXCR_CTRL_MASK                    = 0x1f
	PR_PPC_DEXCR_CTRL_SET                     = 0x2
	PR_PPC_DEXCR_CTRL_SET_ONEXEC              = 0x8
	PR_PPC_DEXCR_IBRTPD                       = 0x1
	PR_PPC_DEXCR_NPHIE                        = 0x3
	PR_PPC_DEXCR_SBHE                         = 0x0
	PR_PPC_DEXCR_SRAPD                        = 0x2
	PR_PPC_GET_DEXCR                          = 0x48
	PR_PPC_SET_DEXCR                          = 0x49
	PR_RISCV_CTX_SW_FENCEI_OFF                = 0x1
	PR_RISCV_CTX_SW_FENCEI_ON                 = 0x0
	PR_RISCV_SCOPE_PER_PROCESS                = 0x0
	PR_RISCV_SCOPE_PER_THREAD                 = 0x1
	PR_RISCV_SET_ICACHE_FLUSH_CTX             = 0x47
	PR_RISCV_V_GET_CONTROL                    = 0x46
	PR_RISCV_V_SET_CONTROL                    = 0x45
	PR_RISCV_V_VSTATE_CTRL_CUR_MASK           = 0x3
	PR_RISCV_V_VSTATE_CTRL_DEFAULT            = 0x0
	PR_RISCV_V_VSTATE_CTRL_INHERIT            = 0x10
	PR_RISCV_V_VSTATE_CTRL_MASK               = 0x1f
	PR_RISCV_V_VSTATE_CTRL_NEXT_MASK          = 0xc
	PR_RISCV_V_VSTATE_CTRL_OFF                = 0x1
	PR_RISCV_V_VSTATE_CTRL_ON                 = 0x2
	PR_RSEQ_SLICE_EXTENSION                   = 0x4f
	PR_RSEQ_SLICE_EXTENSION_GET               = 0x1
	PR_RSEQ_SLICE_EXTENSION_SET               = 0x2
	PR_RSEQ_SLICE_EXT_ENABLE                  = 0x1
	PR_SCHED_CORE                             = 0x3e
	PR_SCHED_CORE_CREATE                      = 0x1
	PR_SCHED_CORE_GET                         = 0x0
	PR_SCHED_CORE_MAX                         = 0x4
	PR_SCHED_CORE_SCOPE_PROCESS_GROUP         = 0x2
	PR_SCHED_CORE_SCOPE_THREAD                = 0x0
	PR_SCHED_CORE_SCOPE_THREAD_GROUP          = 0x1
	PR_SCHED_CORE_SHARE_FROM                  = 0x3
	PR_SCHED_CORE_SHARE_TO                    = 0x2
	PR_SET_CFI                                = 0x51
	PR_SET_CHILD_SUBREAPER                    = 0x24
	PR_SET_DUMPABLE                           = 0x4
	PR_SET_ENDIAN                             = 0x14
	PR_SET_FPEMU                              = 0xa
	PR_SET_FPEXC                              = 0xc
	PR_SET_FP_MODE                            = 0x2d
	PR_SET_IO_FLUSHER                         = 0x39
	PR_SET_KEEPCAPS                           = 0x8
	PR_SET_MDWE                               = 0x41
	PR_SET_MEMORY_MERGE                       = 0x43
	PR_SET_MM                                 = 0x23
	PR_SET_MM_ARG_END                         = 0x9
	PR_SET_MM_ARG_START                       = 0x8
	PR_SET_MM_AUXV                            = 0xc
	PR_SET_MM_BRK                             = 0x7
	PR_SET_MM_END_CODE                        = 0x2
	PR_SET_MM_END_DATA                        = 0x4
	PR_SET_MM_ENV_END                         = 0xb
	PR_SET_MM_ENV_START                       = 0xa
	PR_SET_MM_EXE_FILE                        = 0xd
	PR_SET_MM_MAP                             = 0xe
	PR_SET_MM_MAP_SIZE                        = 0xf
	PR_SET_MM_START_BRK                       = 0x6
	PR_SET_MM_START_CODE                      = 0x1
	PR_SET_MM_START_DATA                      = 0x3
	PR_SET_MM_START_STACK                     = 0x5
	PR_SET_NAME                               = 0xf
	PR_SET_NO_NEW_PRIVS                       = 0x26
	PR_SET_PDEATHSIG                          = 0x1
	PR_SET_PTRACER                            = 0x59616d61
	PR_SET_SECCOMP                            = 0x16
	PR_SET_SECUREBITS                         = 0x1c
	PR_SET_SHADOW_STACK_STATUS                = 0x4b
	PR_SET_SPECULATION_CTRL                   = 0x35
	PR_SET_SYSCALL_USER_DISPATCH              = 0x3b
	PR_SET_TAGGED_ADDR_CTRL                   = 0x37
	PR_SET_THP_DISABLE                        = 0x29
	PR_SET_TIMERSLACK                         = 0x1d
	PR_SET_TIMING                             = 0xe
	PR_SET_TSC                                = 0x1a
	PR_SET_UNALIGN                            = 0x6
	PR_SET_VMA                                = 0x53564d41
	PR_SET_VMA_ANON_NAME                      = 0x0
	PR_SHADOW_STACK_ENABLE                    = 0x1
	PR_SHADOW_STACK_PUSH                      = 0x4
	PR_SHADOW_STACK_WRITE                     = 0x2
	PR_SME_GET_VL                             = 0x40
	PR_SME_SET_VL                             = 0x3f
	PR_SME_SET_VL_ONEXEC                      = 0x40000
	PR_SME_VL_INHERIT                         = 0x20000
	PR_SME_VL_LEN_MASK                        = 0xffff
	PR_SPEC_DISABLE                           = 0x4
	PR_SPEC_DISABLE_NOEXEC                    = 0x10
	PR_SPEC_ENABLE                            = 0x2
	PR_SPEC_FORCE_DISABLE                     = 0x8
	PR_SPEC_INDIRECT_BRANCH                   = 0x1
	PR_SPEC_L1D_FLUSH                         = 0x2
	PR_SPEC_NOT_AFFECTED                      = 0x0
	PR_SPEC_PRCTL                             = 0x1
	PR_SPEC_STORE_BYPASS                      = 0x0
	PR_SVE_GET_VL                             = 0x33
	PR_SVE_SET_VL                             = 0x32
	PR_SVE_SET_VL_ONEXEC                      = 0x40000
	PR_SVE_VL_INHERIT                         = 0x20000
	PR_SVE_VL_LEN_MASK                        = 0xffff
	PR_SYS_DISPATCH_EXCLUSIVE_ON              = 0x1
	PR_SYS_DISPATCH_INCLUSIVE_ON              = 0x2
	PR_SYS_DISPATCH_OFF                       = 0x0
	PR_SYS_DISPATCH_ON                        = 0x1
	PR_TAGGED_ADDR_ENABLE                     = 0x1
	PR_TASK_PERF_EVENTS_DISABLE               = 0x1f
	PR_TASK_PERF_EVENTS_ENABLE                = 0x20
	PR_THP_DISABLE_EXCEPT_ADVISED             = 0x2
	PR_TIMER_CREATE_RESTORE_IDS               = 0x4d
	PR_TIMER_CREATE_RESTORE_IDS_GET           = 0x2
	PR_TIMER_CREATE_RESTORE_IDS_OFF           = 0x0
	PR_TIMER_CREATE_RESTORE_IDS_ON            = 0x1
	PR_TIMING_STATISTICAL                     = 0x0
	PR_TIMING_TIMESTAMP                       = 0x1
	PR_TSC_ENABLE                             = 0x1
	PR_TSC_SIGSEGV                            = 0x2
	PR_UNALIGN_NOPRINT                        = 0x1
	PR_UNALIGN_SIGBUS                         = 0x2
	PTRACE_ATTACH                             = 0x10
	PTRACE_CONT                               = 0x7
	PTRACE_DETACH                             = 0x11
	PTRACE_EVENTMSG_SYSCALL_ENTRY             = 0x1
	PTRACE_EVENTMSG_SYSCALL_EXIT              = 0x2
	PTRACE_EVENT_CLONE                        = 0x3
	PTRACE_EVENT_EXEC                         = 0x4
	PTRACE_EVENT_EXIT                         = 0x6
	PTRACE_EVENT_FORK                         = 0x1
	PTRACE_EVENT_SECCOMP                      = 0x7
	PTRACE_EVENT_STOP                         = 0x80
	PTRACE_EVENT_VFORK                        = 0x2
	PTRACE_EVENT_VFORK_DONE                   = 0x5
	PTRACE_GETEVENTMSG                        = 0x4201
	PTRACE_GETREGS                            = 0xc
	PTRACE_GETREGSET                          = 0x4204
	PTRACE_GETSIGINFO                         = 0x4202
	PTRACE_GETSIGMASK                         = 0x420a
	PTRACE_GET_RSEQ_CONFIGURATION             = 0x420f
	PTRACE_GET_SYSCALL_INFO                   = 0x420e
	PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG   = 0x4211
	PTRACE_INTERRUPT                          = 0x4207
	PTRACE_KILL                               = 0x8
	PTRACE_LISTEN                             = 0x4208
	PTRACE_O_EXITKILL                         = 0x100000
	PTRACE_O_MASK                             = 0x3000ff
	PTRACE_O_SUSPEND_SECCOMP                  = 0x200000
	PTRACE_O_TRACECLONE                       = 0x8
	PTRACE_O_TRACEEXEC                        = 0x10
	PTRACE_O_TRACEEXIT                        = 0x40
	PTRACE_O_TRACEFORK                        = 0x2
	PTRACE_O_TRACESECCOMP                     = 0x80
	PTRACE_O_TRACESYSGOOD                     = 0x1
	PTRACE_O_TRACEVFORK                       = 0x4
	PTRACE_O_TRACEVFORKDONE                   = 0x20
	PTRACE_PEEKDATA                           = 0x2
	PTRACE_PEEKSIGINFO                        = 0x4209
	PTRACE_PEEKSIGINFO_SHARED                 = 0x1
	PTRACE_PEEKTEXT                           = 0x1
	PTRACE_PEEKUSR                            = 0x3
	PTRACE_POKEDATA                           = 0x5
	PTRACE_POKETEXT                           = 0x4
	PTRACE_POKEUSR                            = 0x6
	PTRACE_SECCOMP_GET_FILTER                 = 0x420c
	PTRACE_SECCOMP_GET_METADATA               = 0x420d
	PTRACE_SEIZE                              = 0x4206
	PTRACE_SETOPTIONS                         = 0x4200
	PTRACE_SETREGS                            = 0xd
	PTRACE_SETREGSET                          = 0x4205
	PTRACE_SETSIGINFO                         = 0x4203
	PTRACE_SETSIGMASK                         = 0x420b
	PTRACE_SET_SYSCALL_INFO                   = 0x4212
	PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG   = 0x4210
	PTRACE_SINGLESTEP                         = 0x9
	PTRACE_SYSCALL                            = 0x18
	PTRACE_SYSCALL_INFO_ENTRY                 = 0x1
	PTRACE_SYSCALL_INFO_EXIT                  = 0x2
	PTRACE_SYSCALL_INFO_NONE                  = 0x0
	PTRACE_SYSCALL_INFO_SECCOMP               = 0x3
	PTRACE_TRACEME                            = 0x0
	P_ALL                                     = 0x0
	P_PGID                                    = 0x2
	P_PID                                     = 0x1
	P_PIDFD                                   = 0x3
	RESOLVE_BENEATH                           = 0x8
	RESOLVE_IN_ROOT                           = 0x10
	RESOLVE_NO_MAGICLINKS                     = 0x2
	RESOLVE_NO_SYMLINKS                       = 0x4
	RESOLVE_NO_XDEV                           = 0x1
	RLIMIT_CORE                               = 0x4
	RLIMIT_CPU                                = 0x0
	RLIMIT_DATA                               = 0x2
	RLIMIT_FSIZE                              = 0x1
	RLIMIT_LOCKS                              = 0xa
	RLIMIT_MSGQUEUE                           = 0xc
	RLIMIT_NICE                               = 0xd
	RLIMIT_RTPRIO                             = 0xe
	RLIMIT_RTTIME                             = 0xf
	RLIMIT_SIGPENDING                         = 0xb
	RLIMIT_STACK                              = 0x3
	RTMGRP_DECnet_IFADDR                      = 0x1000
	RTMGRP_DECnet_ROUTE                       = 0x4000
	RTMGRP_IPV4_IFADDR                        = 0x10
	RTMGRP_IPV4_MROUTE                        = 0x20
	RTMGRP_IPV4_ROUTE                         = 0x40
	RTMGRP_IPV4_RULE                          = 0x80
	RTMGRP_IPV6_IFADDR                        = 0x100
	RTMGRP_IPV6_IFINFO                        = 0x800
	RTMGRP_IPV6_MROUTE                        = 0x200
	RTMGRP_IPV6_PREFIX                        = 0x20000
	RTMGRP_IPV6_ROUTE                         = 0x400
	RTMGRP_LINK                               = 0x1
	RTMGRP_NEIGH                              = 0x4
	RTMGRP_NOTIFY                             = 0x2
	RTMGRP_TC                                 = 0x8
	RTM_BASE                                  = 0x10
	RTM_DELACTION                             = 0x31
	RTM_DELADDR                               = 0x15
	RTM_DELADDRLABEL                          = 0x49
	RTM_DELANYCAST                            = 0x3d
	RTM_DELCHAIN                              = 0x65
	RTM_DELLINK                               = 0x11
	RTM_DELLINKPROP                           = 0x6d
	RTM_DELMDB                                = 0x55
	RTM_DELMULTICAST                          = 0x39
	RTM_DELNEIGH                              = 0x1d
	RTM_DELNETCONF                            = 0x51
	RTM_DELNEXTHOP                            = 0x69
	RTM_DELNEXTHOPBUCKET                      = 0x75
	RTM_DELNSID                               = 0x59
	RTM_DELQDISC                              = 0x25
	RTM_DELROUTE                              = 0x19
	RTM_DELRULE                               = 0x21
	RTM_DELTCLASS                             = 0x29
	RTM_DELTFILTER                            = 0x2d
	RTM_DELTUNNEL                             = 0x79
	RTM_DELVLAN                               = 0x71
	RTM_F_CLONED                              = 0x200
	RTM_F_EQUALIZE                            = 0x400
	RTM_F_FIB_MATCH                           = 0x2000
	RTM_F_LOOKUP_TABLE                        = 0x1000
	RTM_F_NOTIFY                              = 0x100
	RTM_F_OFFLOAD                             = 0x4000
	RTM_F_OFFLOAD_FAILED                      = 0x20000000
	RTM_F_PREFIX                              = 0x800
	RTM_F_TRAP                                = 0x8000
	RTM_GETACTION                             = 0x32
	RTM_GETADDR                               = 0x16
	RTM_GETADDRLABEL                          = 0x4a
	RTM_GETANYCAST                            = 0x3e
	RTM_GETCHAIN                              = 0x66
	RTM_GETDCB                                = 0x4e
	RTM_GETLINK                               = 0x12
	RTM_GETLINKPROP                           = 0x6e
	RTM_GETMDB                                = 0x56
	RTM_GETMULTICAST                          = 0x3a
	RTM_GETNEIGH                              = 0x1e
	RTM_GETNEIGHTBL                           = 0x42
	RTM_GETNETCONF                            = 0x52
	RTM_GETNEXTHOP                            = 0x6a
	RTM_GETNEXTHOPBUCKET                      = 0x76
	RTM_GETNSID                               = 0x5a
	RTM_GETQDISC                              = 0x26
	RTM_GETROUTE                              = 0x1a
	RTM_GETRULE                               = 0x22
	RTM_GETSTATS                              = 0x5e
	RTM_GETTCLASS                             = 0x2a
	RTM_GETTFILTER                            = 0x2e
	RTM_GETTUNNEL                             = 0x7a
	RTM_GETVLAN                               = 0x72
	RTM_MAX                                   = 0x7b
	RTM_NEWACTION                             = 0x30
	RTM_NEWADDR                               = 0x14
	RTM_NEWADDRLABEL                          = 0x48
	RTM_NEWANYCAST                            = 0x3c
	RTM_NEWCACHEREPORT                        = 0x60
	RTM_NEWCHAIN                              = 0x64
	RTM_NEWLINK                               = 0x10
	RTM_NEWLINKPROP                           = 0x6c
	RTM_NEWMDB                                = 0x54
	RTM_NEWMULTICAST                          = 0x38
	RTM_NEWNDUSEROPT                          = 0x44
	RTM_NEWNEIGH                              = 0x1c
	RTM_NEWNEIGHTBL                           = 0x40
	RTM_NEWNETCONF                            = 0x50
	RTM_NEWNEXTHOP                            = 0x68
	RTM_NEWNEXTHOPBUCKET                      = 0x74
	RTM_NEWNSID                               = 0x58
	RTM_NEWPREFIX                             = 0x34
	RTM_NEWQDISC                              = 0x24
	RTM_NEWROUTE                              = 0x18
	RTM_NEWRULE                               = 0x20
	RTM_NEWSTATS                              = 0x5c
	RTM_NEWTCLASS                             = 0x28
	RTM_NEWTFILTER                            = 0x2c
	RTM_NEWTUNNEL                             = 0x78
	RTM_NEWVLAN                               = 0x70
	RTM_NR_FAMILIES                           = 0x1b
	RTM_NR_MSGTYPES                           = 0x6c
	RTM_SETDCB                                = 0x4f
	RTM_SETLINK                               = 0x13
	RTM_SETNEIGHTBL                           = 0x43
	RTM_SETSTATS                              = 0x5f
	RUSAGE_CHILDREN                           = -0x1
	RUSAGE_SELF                               = 0x0
	RUSAGE_THREAD                             = 0x1
	SCHED_BATCH                               = 0x3
	SCHED_DEADLINE                            = 0x6
	SCHED_EXT                                 = 0x7
	SCHED_FIFO                                = 0x1
	SCHED_FLAG_ALL                            = 0x7f
	SCHED_FLAG_DL_OVERRUN                     = 0x4
	SCHED_FLAG_KEEP_ALL                       = 0x18
	SCHED_FLAG_KEEP_PARAMS                    = 0x10
	SCHED_FLAG_KEEP_POLICY                    = 0x8
	SCHED_FLAG_RECLAIM                        = 0x2
	SCHED_FLAG_RESET_ON_FORK                  = 0x1
	SCHED_FLAG_UTIL_CLAMP                     = 0x60
	SCHED_FLAG_UTIL_CLAMP_MAX                 = 0x40
	SCHED_FLAG_UTIL_CLAMP_MIN                 = 0x20
	SCHED_IDLE                                = 0x5
	SCHED_NORMAL                              = 0x0
	SCHED_RESET_ON_FORK                       = 0x40000000
	SCHED_RR                                  = 0x2
	SCM_CREDENTIALS                           = 0x2
	SCM_PIDFD                                 = 0x4
	SCM_RIGHTS                                = 0x1
	SCM_SECURITY                              = 0x3
	SCM_TIMESTAMP                             = 0x1d
	SCM_TSTAMP_ACK                            = 0x2
	SCM_TSTAMP_SCHED                          = 0x1
	SCM_TSTAMP_SND                            = 0x0
	SECCOMP_ADDFD_FLAG_SEND                   = 0x2
	SECCOMP_ADDFD_FLAG_SETFD                  = 0x1
	SECCOMP_FILTER_FLAG_LOG                   = 0x2
	SECCOMP_FILTER_FLAG_NEW_LISTENER          = 0x8
	SECCOMP_FILTER_FLAG_SPEC_ALLOW            = 0x4
	SECCOMP_FILTER_FLAG_TSYNC                 = 0x1
	SECCOMP_FILTER_FLAG_TSYNC_ESRCH           = 0x10
	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV    = 0x20
	SECCOMP_GET_ACTION_AVAIL                  = 0x2
	SECCOMP_GET_NOTIF_SIZES                   = 0x3
	SECCOMP_IOCTL_NOTIF_RECV                  = 0xc0502100
	SECCOMP_IOCTL_NOTIF_SEND                  = 0xc0182101
	SECCOMP_MODE_DISABLED                     = 0x0
	SECCOMP_MODE_FILTER                       = 0x2
	SECCOMP_MODE_STRICT                       = 0x1
	SECCOMP_RET_ACTION                        = 0x7fff0000
	SECCOMP_RET_ACTION_FULL                   = 0xffff0000
	SECCOMP_RET_ALLOW                         = 0x7fff0000
	SECCOMP_RET_DATA                          = 0xffff
	SECCOMP_RET_ERRNO                         = 0x50000
	SECCOMP_RET_KILL                          = 0x0
	SECCOMP_RET_KILL_PROCESS                  = 0x80000000
	SECCOMP_RET_KILL_THREAD                   = 0x0
	SECCOMP_RET_LOG                           = 0x7ffc0000
	SECCOMP_RET_TRACE                         = 0x7ff00000
	SECCOMP_RET_TRAP                          = 0x30000
	SECCOMP_RET_USER_NOTIF                    = 0x7fc00000
	SECCOMP_SET_MODE_FILTER                   = 0x1
	SECCOMP_SET_MODE_STRICT                   = 0x0
	SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP        = 0x1
	SECCOMP_USER_NOTIF_FLAG_CONTINUE          = 0x1
	SHUT_RD                                   = 0x0
	SHUT_RDWR                                 = 0x2
	SHUT_WR                                   = 0x1
	SIOCADDDLCI                               = 0x8980
	SIOCADDMULTI                              = 0x8931
	SIOCADDRT                                 = 0x890b
	SIOCBONDCHANGEACTIVE                      = 0x8995
	SIOCBONDENSLAVE                           = 0x8990
	SIOCBONDINFOQUERY                         = 0x8994
	SIOCBONDRELEASE                           = 0x8991
	SIOCBONDSETHWADDR                         = 0x8992
	SIOCBONDSLAVEINFOQUERY                    = 0x8993
	SIOCBRADDBR                               = 0x89a0
	SIOCBRADDIF                               = 0x89a2
	SIOCBRDELBR                               = 0x89a1
	SIOCBRDELIF                               = 0x89a3
	SIOCDARP                                  = 0x8953
	SIOCDELDLCI                               = 0x8981
	SIOCDELMULTI                              = 0x8932
	SIOCDELRT                                 = 0x890c
	SIOCDEVPRIVATE                            = 0x89f0
	SIOCDIFADDR                               = 0x8936
	SIOCDRARP                                 = 0x8960
	SIOCETHTOOL                               = 0x8946
	SIOCGARP                                  = 0x8954
	SIOCGETLINKNAME                           = 0x89e0
	SIOCGETNODEID                             = 0x89e1
	SIOCGHWTSTAMP                             = 0x89b1
	SIOCGIFADDR                               = 0x8915
	SIOCGIFBR                                 = 0x8940
	SIOCGIFBRDADDR                            = 0x8919
	SIOCGIFCONF                               = 0x8912
	SIOCGIFCOUNT                              = 0x8938
	SIOCGIFDSTADDR                            = 0x8917
	SIOCGIFENCAP                              = 0x8925
	SIOCGIFFLAGS                              = 0x8913
	SIOCGIFHWADDR                             = 0x8927
	SIOCGIFINDEX                              = 0x8933
	SIOCGIFMAP                                = 0x8970
	SIOCGIFMEM                                = 0x891f
	SIOCGIFMETRIC                             = 0x891d
	SIOCGIFMTU                                = 0x8921
	SIOCGIFNAME                               = 0x8910
	SIOCGIFNETMASK                            = 0x891b
	SIOCGIFPFLAGS                             = 0x8935
	SIOCGIFSLAVE                              = 0x8929
	SIOCGIFTXQLEN                             = 0x8942
	SIOCGIFVLAN                               = 0x8982
	SIOCGMIIPHY                               = 0x8947
	SIOCGMIIREG                               = 0x8948
	SIOCGPPPCSTATS                            = 0x89f2
	SIOCGPPPSTATS                             = 0x89f0
	SIOCGPPPVER                               = 0x89f1
	SIOCGRARP                                 = 0x8961
	SIOCGSKNS                                 = 0x894c
	SIOCGSTAMP                                = 0x8906
	SIOCGSTAMPNS                              = 0x8907
	SIOCGSTAMPNS_OLD                          = 0x8907
	SIOCGSTAMP_OLD                            = 0x8906
	SIOCKCMATTACH                             = 0x89e0
	SIOCKCMCLONE                              = 0x89e2
	SIOCKCMUNATTACH                           = 0x89e1
	SIOCOUTQNSD                               = 0x894b
	SIOCPROTOPRIVATE                          = 0x89e0
	SIOCRTMSG                                 = 0x890d
	SIOCSARP                                  = 0x8955
	SIOCSHWTSTAMP                             = 0x89b0
	SIOCSIFADDR                               = 0x8916
	SIOCSIFBR                                 = 0x8941
	SIOCSIFBRDADDR                            = 0x891a
	SIOCSIFDSTADDR                            = 0x8918
	SIOCSIFENCAP                              = 0x8926
	SIOCSIFFLAGS                              = 0x8914
	SIOCSIFHWADDR                             = 0x8924
	SIOCSIFHWBROADCAST                        = 0x8937
	SIOCSIFLINK                               = 0x8911
	SIOCSIFMAP                                = 0x8971
	SIOCSIFMEM                                = 0x8920
	SIOCSIFMETRIC                             = 0x891e
	SIOCSIFMTU                                = 0x8922
	SIOCSIFNAME                               = 0x8923
	SIOCSIFNETMASK                            = 0x891c
	SIOCSIFPFLAGS                             = 0x8934
	SIOCSIFSLAVE                              = 0x8930
	SIOCSIFTXQLEN                             = 0x8943
	SIOCSIFVLAN                               = 0x8983
	SIOCSMIIREG                               = 0x8949
	SIOCSRARP                                 = 0x8962
	SIOCWANDEV                                = 0x894a
	SOCK_BUF_LOCK_MASK                        = 0x3
	SOCK_DCCP                                 = 0x6
	SOCK_DESTROY                              = 0x15
	SOCK_DIAG_BY_FAMILY                       = 0x14
	SOCK_IOC_TYPE                             = 0x89
	SOCK_PACKET                               = 0xa
	SOCK_RAW                                  = 0x3
	SOCK_RCVBUF_LOCK                          = 0x2
	SOCK_RDM                                  = 0x4
	SOCK_SEQPACKET                            = 0x5
	SOCK_SNDBUF_LOCK                          = 0x1
	SOCK_TXREHASH_DEFAULT                     = 0xff
	SOCK_TXREHASH_DISABLED                    = 0x0
	SOCK_TXREHASH_ENABLED                     = 0x1
	SOL_AAL                                   = 0x109
	SOL_ALG                                   = 0x117
	SOL_ATM                                   = 0x108
	SOL_CAIF                                  = 0x116
	SOL_CAN_BASE                              = 0x64
	SOL_CAN_RAW                               = 0x65
	SOL_DCCP                                  = 0x10d
	SOL_DECNET                                = 0x105
	SOL_ICMPV6                                = 0x3a
	SOL_IP                                    = 0x0
	SOL_IPV6                                  = 0x29
	SOL_IRDA                                  = 0x10a
	SOL_IUCV                                  = 0x115
	SOL_KCM                                   = 0x119
	SOL_LLC                                   = 0x10c
	SOL_MCTP                                  = 0x11d
	SOL_MPTCP                                 = 0x11c
	SOL_NETBEUI                               = 0x10b
	SOL_NETLINK                               = 0x10e
	SOL_NFC                                   = 0x118
	SOL_PACKET                                = 0x107
	SOL_PNPIPE                                = 0x113
	SOL_PPPOL2TP                              = 0x111
	SOL_RAW                                   = 0xff
	SOL_RDS                                   = 0x114
	SOL_RXRPC                                 = 0x110
	SOL_SMC                                   = 0x11e
	SOL_TCP                                   = 0x6
	SOL_TIPC                                  = 0x10f
	SOL_TLS                                   = 0x11a
	SOL_UDP                                   = 0x11
	SOL_VSOCK                                 = 0x11f
	SOL_X25                                   = 0x106
	SOL_XDP                                   = 0x11b
	SO_ATTACH_FILTER                          = 0x1a
	SO_DEBUG                                  = 0x1
	SO_DETACH_BPF                             = 0x1b
	SO_DETACH_FILTER                          = 0x1b
	SO_EE_CODE_TXTIME_INVALID_PARAM           = 0x1
	SO_EE_CODE_TXTIME_MISSED                  = 0x2
	SO_EE_CODE_ZEROCOPY_COPIED                = 0x1
	SO_EE_ORIGIN_ICMP                         = 0x2
	SO_EE_ORIGIN_ICMP6                        = 0x3
	SO_EE_ORIGIN_LOCAL                        = 0x1
	SO_EE_ORIGIN_NONE                         = 0x0
	SO_EE_ORIGIN_TIMESTAMPING                 = 0x4
	SO_EE_ORIGIN_TXSTATUS                     = 0x4
	SO_EE_ORIGIN_TXTIME                       = 0x6
	SO_EE_ORIGIN_ZEROCOPY                     = 0x5
	SO_EE_RFC4884_FLAG_INVALID                = 0x1
	SO_GET_FILTER                             = 0x1a
	SO_NO_CHECK                               = 0xb
	SO_PEERNAME                               = 0x1c
	SO_PRIORITY                               = 0xc
	SO_TIMESTAMP                              = 0x1d
	SO_TIMESTAMP_OLD                          = 0x1d
	SO_VM_SOCKETS_BUFFER_MAX_SIZE             = 0x2
	SO_VM_SOCKETS_BUFFER_MIN_SIZE             = 0x1
	SO_VM_SOCKETS_BUFFER_SIZE                 = 0x0
	SO_VM_SOCKETS_CONNECT_TIMEOUT             = 0x6
	SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW         = 0x8
	SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD         = 0x6
	SO_VM_SOCKETS_NONBLOCK_TXRX               = 0x7
	SO_VM_SOCKETS_PEER_HOST_VM_ID             = 0x3
	SO_VM_SOCKETS_TRUSTED                     = 0x5
	STATX_ALL                                 = 0xfff
	STATX_ATIME                               = 0x20
	STATX_ATTR_APPEND                         = 0x20
	STATX_ATTR_AUTOMOUNT                      = 0x1000
	STATX_ATTR_COMPRESSED                     = 0x4
	STATX_ATTR_DAX                            = 0x200000
	STATX_ATTR_ENCRYPTED                      = 0x800
	STATX_ATTR_IMMUTABLE                      = 0x10
	STATX_ATTR_MOUNT_ROOT                     = 0x2000
	STATX_ATTR_NODUMP                         = 0x40
	STATX_ATTR_VERITY                         = 0x100000
	STATX_ATTR_WRITE_ATOMIC                   = 0x400000
	STATX_BASIC_STATS                         = 0x7ff
	STATX_BLOCKS                              = 0x400
	STATX_BTIME                               = 0x800
	STATX_CTIME                               = 0x80
	STATX_DIOALIGN                            = 0x2000
	STATX_DIO_READ_ALIGN                      = 0x20000
	STATX_GID                                 = 0x10
	STATX_INO                                 = 0x100
	STATX_MNT_ID                              = 0x1000
	STATX_MNT_ID_UNIQUE                       = 0x4000
	STATX_MODE                                = 0x2
	STATX_MTIME                               = 0x40
	STATX_NLINK                               = 0x4
	STATX_SIZE                                = 0x200
	STATX_SUBVOL                              = 0x8000
	STATX_TYPE                                = 0x1
	STATX_UID                                 = 0x8
	STATX_WRITE_ATOMIC                        = 0x10000
	STATX__RESERVED                           = 0x80000000
	SYSFS_MAGIC                               = 0x62656572
	S_IEXEC                                   = 0x40
	S_IFBLK                                   = 0x6000
	S_IFCHR                                   = 0x2000
	S_IFDIR                                   = 0x4000
	S_IFIFO                                   = 0x1000
	S_IFLNK                                   = 0xa000
	S_IFMT                                    = 0xf000
	S_IFREG                                   = 0x8000
	S_IFSOCK                                  = 0xc000
	S_IREAD                                   = 0x100
	S_IRGRP                                   = 0x20
	S_IROTH                                   = 0x4
	S_IRUSR                                   = 0x100
	S_IRWXG                                   = 0x38
	S_IRWXO                                   = 0x7
	S_IRWXU                                   = 0x1c0
	S_ISGID                                   = 0x400
	S_ISUID                                   = 0x800
	S_ISVTX                                   = 0x200
	S_IWGRP                                   = 0x10
	S_IWOTH                                   = 0x2
	S_IWRITE                                  = 0x80
	S_IWUSR                                   = 0x80
	S_IXGRP                                   = 0x8
	S_IXOTH                                   = 0x1
	S_IXUSR                                   = 0x40
	TIOCM_DTR                                 = 0x2
	TIOCM_LE                                  = 0x1
	TIOCM_RTS                                 = 0x4
	TIOCPKT_DATA                              = 0x0
	TIOCPKT_DOSTOP                            = 0x20
	TIOCPKT_FLUSHREAD                         = 0x1
	TIOCPKT_FLUSHWRITE                        = 0x2
	TIOCPKT_IOCTL                             = 0x40
	TIOCPKT_NOSTOP                            = 0x10
	TIOCPKT_START                             = 0x8
	TIOCPKT_STOP                              = 0x4
	TMPFS_MAGIC                               = 0x1021994
	UMOUNT_NOFOLLOW                           = 0x8
	WAKE_MAGIC                                = 0x20
	WALL                                      = 0x40000000
	WCLONE                                    = 0x80000000
	WCONTINUED                                = 0x8
	WDIOC_SETPRETIMEOUT                       = 0xc0045708
	WDIOC_SETTIMEOUT                          = 0xc0045706
	WDIOF_ALARMONLY                           = 0x400
	WDIOF_CARDRESET                           = 0x20
	WDIOF_EXTERN1                             = 0x4
	WDIOF_EXTERN2                             = 0x8
	WDIOF_FANFAULT                            = 0x2
	WDIOF_KEEPALIVEPING                       = 0x8000
	WDIOF_MAGICCLOSE                          = 0x100
	WDIOF_OVERHEAT                            = 0x1
	WDIOF_POWEROVER                           = 0x40
	WDIOF_POWERUNDER                          = 0x10
	WDIOF_PRETIMEOUT                          = 0x200
	WDIOF_SETTIMEOUT                          = 0x80
	WDIOF_UNKNOWN                             = -0x1
	WDIOS_DISABLECARD                         = 0x1
	WDIOS_ENABLECARD                          = 0x2
	WDIOS_TEMPPANIC                           = 0x4
	WDIOS_UNKNOWN                             = -0x1
	WEXITED                                   = 0x4
	WGALLOWEDIP_A_CIDR_MASK                   = 0x3
	WGALLOWEDIP_A_FAMILY                      = 0x1
	WGALLOWEDIP_A_IPADDR                      = 0x2
	WGALLOWEDIP_A_MAX                         = 0x4
	WGALLOWEDIP_A_UNSPEC                      = 0x0
	WGDEVICE_A_FLAGS                          = 0x5
	WGDEVICE_A_FWMARK                         = 0x7
	WGDEVICE_A_IFINDEX                        = 0x1
	WGDEVICE_A_IFNAME                         = 0x2
	WGDEVICE_A_LISTEN_PORT                    = 0x6
	WGDEVICE_A_MAX                            = 0x8
	WGDEVICE_A_PEERS                          = 0x8
	WGDEVICE_A_PRIVATE_KEY                    = 0x3
	WGDEVICE_A_PUBLIC_KEY                     = 0x4
	WGDEVICE_A_UNSPEC                         = 0x0
	WGDEVICE_F_REPLACE_PEERS                  = 0x1
	WGPEER_A_ALLOWEDIPS                       = 0x9
	WGPEER_A_ENDPOINT                         = 0x4
	WGPEER_A_FLAGS                            = 0x3
	WGPEER_A_LAST_HANDSHAKE_TIME              = 0x6
	WGPEER_A_MAX                              = 0xa
	WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL    = 0x5
	WGPEER_A_PRESHARED_KEY                    = 0x2
	WGPEER_A_PROTOCOL_VERSION                 = 0xa
	WGPEER_A_PUBLIC_KEY                       = 0x1
	WGPEER_A_RX_BYTES                         = 0x7
	WGPEER_A_TX_BYTES                         = 0x8
	WGPEER_A_UNSPEC                           = 0x0
	WGPEER_F_REMOVE_ME                        = 0x1
	WGPEER_F_REPLACE_ALLOWEDIPS               = 0x2
	WGPEER_F_UPDATE_ONLY                      = 0x4
	WG_CMD_GET_DEVICE                         = 0x0
	WG_CMD_MAX                                = 0x1
	WG_CMD_SET_DEVICE                         = 0x1
	WG_GENL_VERSION                           = 0x1
	WG_KEY_LEN                                = 0x20
	WIN_ACKMEDIACHANGE                        = 0xdb
	WIN_CHECKPOWERMODE1                       = 0xe5
	WIN_CHECKPOWERMODE2                       = 0x98
	WIN_DEVICE_RESET                          = 0x8
	WIN_DIAGNOSE                              = 0x90
	WIN_DOORLOCK                              = 0xde
	WIN_DOORUNLOCK                            = 0xdf
	WIN_DOWNLOAD_MICROCODE                    = 0x92
	WIN_FLUSH_CACHE                           = 0xe7
	WIN_FLUSH_CACHE_EXT                       = 0xea
	WIN_FORMAT                                = 0x50
	WIN_GETMEDIASTATUS                        = 0xda
	WIN_IDENTIFY                              = 0xec
	WIN_IDENTIFY_DMA                          = 0xee
	WIN_IDLEIMMEDIATE                         = 0xe1
	WIN_INIT                                  = 0x60
	WIN_MEDIAEJECT                            = 0xed
	WIN_MULTREAD                              = 0xc4
	WIN_MULTREAD_EXT                          = 0x29
	WIN_MULTWRITE                             = 0xc5
	WIN_MULTWRITE_EXT                         = 0x39
	WIN_NOP                                   = 0x0
	WIN_PACKETCMD                             = 0xa0
	WIN_PIDENTIFY                             = 0xa1
	WIN_POSTBOOT                              = 0xdc
	WIN_PREBOOT                               = 0xdd
	WIN_QUEUED_SERVICE                        = 0xa2
	WIN_READ                                  = 0x20
	WIN_READDMA                               = 0xc8
	WIN_READDMA_EXT                           = 0x25
	WIN_READDMA_ONCE                          = 0xc9
	WIN_READDMA_QUEUED                        = 0xc7
	WIN_READDMA_QUEUED_EXT                    = 0x26
	WIN_READ_BUFFER                           = 0xe4
	WIN_READ_EXT                              = 0x24
	WIN_READ_LONG                             = 0x22
	WIN_READ_LONG_ONCE                        = 0x23
	WIN_READ_NATIVE_MAX                       = 0xf8
	WIN_READ_NATIVE_MAX_EXT                   = 0x27
	WIN_READ_ONCE                             = 0x21
	WIN_RECAL                                 = 0x10
	WIN_RESTORE                               = 0x10
	WIN_SECURITY_DISABLE                      = 0xf6
	WIN_SECURITY_ERASE_PREPARE                = 0xf3
	WIN_SECURITY_ERASE_UNIT                   = 0xf4
	WIN_SECURITY_FREEZE_LOCK                  = 0xf5
	WIN_SECURITY_SET_PASS                     = 0xf1
	WIN_SECURITY_UNLOCK                       = 0xf2
	WIN_SEEK                                  = 0x70
	WIN_SETFEATURES                           = 0xef
	WIN_SETIDLE1                              = 0xe3
	WIN_SETIDLE2                              = 0x97
	WIN_SETMULT                               = 0xc6
	WIN_SET_MAX                               = 0xf9
	WIN_SET_MAX_EXT                           = 0x37
	WIN_SLEEPNOW1                             = 0xe6
	WIN_SLEEPNOW2                             = 0x99
	WIN_SMART                                 = 0xb0
	WIN_SPECIFY                               = 0x91
	WIN_SRST                                  = 0x8
	WIN_STANDBY                               = 0xe2
	WIN_STANDBY2                              = 0x96
	WIN_STANDBYNOW1                           = 0xe0
	WIN_STANDBYNOW2                           = 0x94
	WIN_VERIFY                                = 0x40
	WIN_VERIFY_EXT                            = 0x42
	WIN_VERIFY_ONCE                           = 0x41
	WIN_WRITE                                 = 0x30
	WIN_WRITEDMA                              = 0xca
	WIN_WRITEDMA_EXT                          = 0x35
	WIN_WRITEDMA_ONCE                         = 0xcb
	WIN_WRITEDMA_QUEUED                       = 0xcc
	WIN_WRITEDMA_QUEUED_EXT                   = 0x36
	WIN_WRITE_BUFFER                          = 0xe8
	WIN_WRITE_EXT                             = 0x34
	WIN_WRITE_LONG                            = 0x32
	WIN_WRITE_LONG_ONCE                       = 0x33
	WIN_WRITE_ONCE                            = 0x31
	WIN_WRITE_SAME                            = 0xe9
	WIN_WRITE_VERIFY                          = 0x3c
	WNOHANG                                   = 0x1
	WNOTHREAD                                 = 0x20000000
	WNOWAIT                                   = 0x1000000
	WSTOPPED                                  = 0x2
	WUNTRACED                                 = 0x2
)
