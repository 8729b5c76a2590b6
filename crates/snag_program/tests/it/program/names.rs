//! Packages, types, fields, methods, embedding, imports.

use snag_program::ir::TypeId;
use snag_syntax::Symbol;

use super::{check, function, read};

#[test]
fn methods_through_embedding() {
    check(
        "package main
import \"m/base\"

type inner struct{ *base.Core }
func (inner) own() {}

type outer struct {
	inner
	base.Doer
	named base.Core
}
func (outer) Name() {}

type pointer = *outer

func main() {
	var o outer
	o.own()                //= m.inner.own
	o.Run()                //= m/base.Core.Run
	o.Name()               //= m.outer.Name
	o.inner.Name()         //= m/base.Core.Name
	o.inner.Core.Name()    //= m/base.Core.Name
	o.Do()                 //= I:m/base.Doer.Do
	o.Again()              //= I:m/base.Repeater.Again
	o.named.Run()          //= m/base.Core.Run
	(&o).Run()             //= m/base.Core.Run
	p := &o
	(*p).own()             //= m.inner.own
	var q pointer = p
	q.Run()                //= m/base.Core.Run
	q.Missing()            //= V
}
-- base/base.go --
package base
type Core struct{}
func (*Core) Run() {}
func (*Core) Name() {}
type Repeater interface{ Again() }
type Doer interface { Do(); Repeater }
",
    );
}

#[test]
fn the_nearest_name_wins() {
    check(
        "package main
type a struct{}
func (a) F() {}
func (a) G() {}
type b struct{ a }
func (b) F() {}
type c struct{ b; F2 func() }
type cycle struct { *cycle; a }
func main() {
	c{}.F()          //= m.b.F
	c{}.G()          //= m.a.G
	c{}.F2()         //= V
	c{}.a.F()        //= m.a.F
	cycle{}.G()      //= m.a.G
	cycle{}.Nothing() //= V
}
",
    );
}

#[test]
fn imported_names_may_be_hidden() {
    check(
        "package main
import (
	\"m/dep\"
	other \"m/dep\"
	_ \"m/dep\"
)
type local struct{}
func (local) F() {}
func parameter(dep local) { dep.F() }     //= m.local.F
func constraint[dep interface{ G() }](x dep) {
	x.G()              //= I:G
	_ = dep(x)
	dep.G(x)           //= I:G
}
func main() {
	dep.F()            //= m/dep.F
	other.F()          //= m/dep.F
	{
		dep := local{}
		dep.F()        //= m.local.F
	}
	dep.F()            //= m/dep.F
	{
		type dep struct{ local }
		dep{}.F()      //= m.local.F
		dep.F(dep{})   //= m.local.F
	}
	for dep := range []local{} {
		dep.F()        //= V
	}
	for _, dep := range []local{} {
		dep.F()        //= m.local.F
	}
	dep.T{}.M()        //= m/dep.T.M
}
-- dep/dep.go --
package dep
func F() {}
type T struct{}
func (T) M() {}
",
    );
}

#[test]
fn dot_imports_and_package_names() {
    check(
        "package main
import . \"m/dep\"
import \"m/odd-v2\"
import \"missing.example/x/go-thing/v3\"
import \"missing.example/x/plain\"
func own() {}
func main() {
	F()                //= m/dep.F
	T{}.M()            //= m/dep.T.M
	own()              //= m.own
	odd.F()            //= m/odd-v2.F
	thing.Run()        //= missing missing.example/x/go-thing/v3.Run
	plain.New().Start() //= missing missing.example/x/plain.New, V
	var c plain.Client
	c.Do()             //= missing missing.example/x/plain.Client.Do
	c.Field.Do()       //= V
	type wrapper struct{ *plain.Client }
	wrapper{}.Do()     //= missing missing.example/x/plain.Client.Do
}
-- dep/dep.go --
package dep
func F() {}
func own() {}
type T struct{}
func (T) M() {}
-- odd-v2/a.go --
package odd
func F() {}
",
    );
}

#[test]
fn method_values_and_expressions() {
    check(
        "package main
type T struct{ f func(); fs []func(); m map[string]func() T }
func (T) M(int) {}
func (*T) P() {}
type I interface{ M(int) }
func take(func(int)) {}
var global = T.M
func main() {
	var t T
	f := t.M
	f(1)               //= V
	take(t.M)          //= m.take
	T.M(t, 1)          //= m.T.M
	(*T).P(&t)         //= m.T.P
	I.M(t, 1)          //= I:m.I.M
	(t.M)(1)           //= m.T.M
	t.f()              //= V
	t.fs[0]()          //= V
	t.m[\"a\"]().M(1)   //= V, m.T.M
	global(t, 1)       //= V
	func() {}()        //= m.main.func1
	(func() {})()      //= m.main.func2
	go t.P()           //= go m.T.P
	defer (*T).P(&t)   //= defer m.T.P
	defer func() {     
	}()                //= defer m.main.func3
}
",
    );
}

#[test]
fn functions_return_what_is_called_next() {
    check(
        "package main
type T struct{ next *T }
func (t *T) With(int) *T { return t }
func New() *T { return nil }
func Pair() (*T, error) { return nil, nil }
func Func() func() *T { return New }
func Use(*T, error) {}
var table = []struct{ run func() *T; t T }{}
var made, err = Pair()
func main() {
	New().With(1).With(2)          //= m.New, m.T.With, m.T.With
	New().next.next.With(1)        //= m.New, m.T.With
	Func()().With(1)               //= m.Func, V, m.T.With
	Use(Pair())                    //= m.Pair, m.Use
	t, err := Pair()               //= m.Pair
	t.With(1)                      //= m.T.With
	err.Error()                    //= I:Error
	made.With(1)                   //= m.T.With
	table[0].run().With(1)         //= V, m.T.With
	table[1:][0].t.With(1)         //= m.T.With
	for _, row := range table {
		row.t.With(1)              //= m.T.With
	}
	var any any = t
	any.(*T).With(1)               //= m.T.With
	switch x := any.(type) {
	case *T:
		x.With(1)                  //= m.T.With
	case interface{ Close() }:
		x.Close()                  //= I:Close
	case nil, *int:
		x.With(1)                  //= V
	}
	c := make(chan *T)             //= B:make
	(<-c).With(1)                  //= m.T.With
	for t := range c {
		t.With(1)                  //= m.T.With
	}
	if t, ok := <-c; ok {
		t.With(1)                  //= m.T.With
	}
	m := map[string][]*T{}
	m[\"a\"][0].With(1)            //= m.T.With
	append(m[\"a\"], nil)[0].With(1) //= B:append, m.T.With
	new(T).With(1)                 //= B:new, m.T.With
	(*T)(nil).With(1)              //= m.T.With
	struct{ *T }{}.With(1)         //= m.T.With
	[]*T{{}}[0].With(1)            //= m.T.With
}
",
    );
}

#[test]
fn implementers_are_found_across_packages() {
    let program = read(
        "package main
import \"m/api\"
type Runner interface { Run(); Stop() }
type embedding interface { Runner; Extra() }
type value struct{}
func (value) Run() {}
func (value) Stop() {}
type pointer struct{}
func (*pointer) Run() {}
func (*pointer) Stop() {}
type half struct{}
func (half) Run() {}
type promoted struct{ *api.Base; half }
func (promoted) Extra() {}
func main() {}
-- api/api.go --
package api
type Base struct{}
func (Base) Stop() {}
",
    );
    let types = (0u32..).map(TypeId).zip(&program.types);
    let interface = |name: &str| {
        let mut found = types.clone().filter(|(_, info)| info.name.as_str() == name);
        found.next().expect("the type").0
    };
    let implementers = |name: &str, method: &str| -> Vec<String> {
        let found = program.implementers(interface(name), Symbol::new(method));
        found.into_iter().map(|id| program.function_name(id)).collect()
    };
    assert_eq!(implementers("Runner", "Run"), ["m.value.Run", "m.pointer.Run", "m.half.Run"]);
    assert_eq!(implementers("Runner", "Stop"), ["m.value.Stop", "m.pointer.Stop", "m/api.Base.Stop"]);
    assert_eq!(implementers("embedding", "Extra"), ["m.promoted.Extra"]);
    assert_eq!(implementers("embedding", "Nothing"), Vec::<String>::new());
}

#[test]
fn initializers_run_in_functions_of_their_own() {
    let program = check(
        "package main
func init() { one() }                  //= m.one
var a, b = one(), two()                //= m.one, m.two
func init() { two() }                  //= m.two
var c = func() int { return two() }()  //= m.two, m.init.func1
func one() int { return 1 }
func two() int { return 2 }
func main() {}
-- second.go --
package main
var d = a + one()                      //= m.one
",
    );
    let inits = program.functions.iter().filter(|function| function.name.as_str() == "init");
    let files: Vec<&str> = inits.map(|function| &*program.file(function.file).display).collect();
    assert_eq!(files, ["main.go", "main.go", "main.go", "second.go"]);
}

#[test]
fn what_does_not_compile_is_read_as_far_as_it_goes() {
    let program = check(
        "package main
import \"m/dep\"
type T struct{ undefined.Type; Missing }
func (T) M() {}
func (Nowhere) N() {}
func (t T) M2() { t.Other().M() }      //= V, V
func broken() {
	dep.F(                             
	x := = 1
	dep.G()                            //= m/dep.G
}
func main() {
	T{}.M()                            //= m.T.M
	var a []NoSuchType
	a[0].Do()                          //= V
	dep.NoSuchFunction()               //= ?
	undeclared.F()                     //= V
	undeclared()                       //= ?
	1()                                //= V
	dep.F()                            //= m/dep.F
}
func main() { dep.G() }                //= m/dep.G
-- dep/dep.go --
package dep
func F() {}
func G() {}
",
    );
    assert!(!program.problems.is_empty());
    assert!(program.problems.iter().all(|problem| &*problem.display == "main.go"));
    function(&program, "m.broken");
}

#[test]
fn cgo_names_are_functions_of_c() {
    check(
        "package main
// #include <stdlib.h>
// static int add(int a, int b) { return a + b; }
// typedef struct { int x; } point;
// typedef int number;
// struct list { int x; };
// typedef int (*callback)(int);
import \"C\"
import \"unsafe\"
func main() {
	C.add(1, C.int(2))                 //= C:add
	x, err := C.add(1, 2)              //= C:add
	_, _ = x, err
	C.free(unsafe.Pointer(C.CString(\"a\"))) //= C:CString, C:free
	_ = C.number(1)                    //=
	_ = C.size_t(1)                    //=
	_ = C.uint8_t(1)                   //=
	_ = C.struct_list{}                //=
	_ = (*C.point)(nil)                //=
	_ = (C.callback)(nil)              //=
	_ = C.ulonglong(3)                 //=
}
",
    );
}
