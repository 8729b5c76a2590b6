//! Type parameters, inference, generic types and their methods.

use super::check;

#[test]
fn type_arguments_are_inferred() {
    check(
        "package main
type T struct{}
func (T) M() {}
func Id[X any](x X) X { return x }
func First[X any, Y any](x X, y Y) X { return x }
func Of[X any](list []X, at ...int) X { return list[0] }
func Map[X, Y any](list []X, f func(X) Y) []Y { return nil }
func Deref[X any](p *X) X { return *p }
func Key[K comparable, V any](m map[K]V) K { var k K; return k }
func Elem[S ~[]E, E any](s S) E { return s[0] }
func Recv[X any](c <-chan X) X { return <-c }
func Zero[X any]() X { var x X; return x }
func Last[X any](xs ...X) X { return xs[0] }
type List []T
func main() {
	Id(T{}).M()                        //= m.Id, m.T.M
	First(T{}, 1).M()                  //= m.First, m.T.M
	Of([]T{}, 1).M()                   //= m.Of, m.T.M
	Map([]int{}, func(int) T { return T{} })[0].M() //= m.Map, m.T.M
	Deref(&T{}).M()                    //= m.Deref, m.T.M
	Key(map[T]int{}).M()               //= m.Key, m.T.M
	Elem(List{}).M()                   //= m.Elem, m.T.M
	Elem([]T{}).M()                    //= m.Elem, m.T.M
	Recv(make(chan T)).M()             //= B:make, m.Recv, m.T.M
	Zero[T]().M()                      //= m.Zero, m.T.M
	First[T, int](T{}, 1).M()          //= m.First, m.T.M
	First[T](T{}, 1).M()               //= m.First, m.T.M
	Last(T{}, T{}).M()                 //= m.Last, m.T.M
	Last([]T{}...).M()                 //= m.Last, m.T.M
	f := Id[T]
	f(T{}).M()                         //= V, m.T.M
	Id(Id)                             //= m.Id
}
",
    );
}

#[test]
fn generic_types_carry_their_arguments() {
    check(
        "package main
import \"m/box\"
type T struct{}
func (T) M() {}
type Node[X any] struct { value X; next *Node[X] }
func (n *Node[Y]) Value() Y { return n.value }
func (n *Node[_]) Skip() *Node[_] { return n }
type Pair[A, B any] struct { a A; b B }
func (p Pair[B, A]) Swap() Pair[A, B] { return Pair[A, B]{} }
type Alias = box.Box[T]
type Half[X any] = Pair[T, X]
type embed struct{ box.Box[T] }
type Tree[K interface{ M() }] struct{ key K }
func (t Tree[K]) Visit() { t.key.M() } //= I:M
func main() {
	var n Node[T]
	n.value.M()                        //= m.T.M
	n.next.next.value.M()              //= m.T.M
	n.Value().M()                      //= m.Node.Value, m.T.M
	Pair[int, T]{}.Swap().a.M()        //= m.Pair.Swap, m.T.M
	box.New(T{}).Get().M()             //= m/box.New, m/box.Box.Get, m.T.M
	Alias{}.Get().M()                  //= m/box.Box.Get, m.T.M
	Half[int]{}.a.M()                  //= m.T.M
	embed{}.Get().M()                  //= m/box.Box.Get, m.T.M
	box.Box[*T]{}.Get().M()            //= m/box.Box.Get, m.T.M
	Tree[T]{}.Visit()                  //= m.Tree.Visit
	box.Box[box.Box[T]]{}.Get().Get().M() //= m/box.Box.Get, m/box.Box.Get, m.T.M
}
-- box/box.go --
package box
type Box[X any] struct{ x X }
func (b Box[X]) Get() X { return b.x }
func New[X any](x X) *Box[X] { return nil }
",
    );
}

#[test]
fn methods_of_constraints() {
    check(
        "package main
type Runner interface { Run() Runner }
type Both interface { Runner; ~int | ~string; Other() }
type T struct{}
func (*T) Set(int) {}
func f[X Runner](x X) { x.Run().Run() }        //= I:m.Runner.Run, I:m.Runner.Run
func g[X Both](x X) { x.Run(); x.Other() }     //= I:m.Runner.Run, I:m.Both.Other
func h[X any, P interface{ *X; Set(int) }](x X) {
	P(&x).Set(1)                               //= I:Set
}
func i[F func(int) Runner](f F) { f(1).Run() } //= V, I:m.Runner.Run
func main() {
	h[T](T{})                                  //= m.h
}
",
    );
}

#[test]
fn local_types_know_their_arguments_and_surroundings() {
    check(
        "package main
type T struct{}
func (T) M() {}
func outer[X interface{ M() }](x X) {
	type box struct{ x X; next *box }
	box{}.x.M()                        //= I:M
	box{}.next.x.M()                   //= I:M
	type pair[Y any] struct{ x X; y Y }
	pair[T]{}.y.M()                    //= m.T.M
	var p pair[T]
	p.y.M()                            //= m.T.M
	func() {
		type box struct{ t T }
		box{}.t.M()                    //= m.T.M
	}()                                //= m.outer.func1
	box{}.x.M()                        //= I:M
	{
		type T = box
		T{}.next.x.M()                 //= I:M
	}
	T{}.M()                            //= m.T.M
}
func main() {}
",
    );
}

#[test]
fn generic_methods() {
    check(
        "package main
type T struct{}
func (T) M() {}
type S struct{}
func (S) Convert[X any](x X) []X { return nil }
func main() {
	S{}.Convert(T{})[0].M()            //= m.S.Convert, m.T.M
	S{}.Convert[T](T{})[0].M()         //= m.S.Convert, m.T.M
}
",
    );
}
