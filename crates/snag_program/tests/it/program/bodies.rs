//! Variables, loops, paths, goroutines.

use snag_program::Program;
use snag_program::ir::{ChannelOp, Function, Instr, LoopKind, Mode, Terminator, Value};

use super::{captured, check, function, read};

fn body<'p>(program: &'p Program, name: &str) -> (&'p Function, &'p snag_program::ir::Body) {
    let function = function(program, name);
    (function, function.body.as_ref().expect("a body"))
}

#[test]
fn captured_variables() {
    let program = read(
        "package main
func use(...any) {}
func f(param, idle int) (result, err error) {
	a, b, c, d := 1, 2, 3, 4
	go func() {
		use(a, param)
		b := b
		b++
		func() { c = 3 }()
	}()
	defer func(d int) { use(d); err = nil }(d)
	{
		a := 2
		use(a)
	}
	_ = func() (idle int) { return }
	return
}
func main() {}
",
    );
    assert_eq!(captured(function(&program, "m.f")), ["param", "err", "a", "b", "c"]);
    assert_eq!(captured(function(&program, "m.f.func1")), Vec::<&str>::new());
    let inner = body(&program, "m.f.func1.func1").1;
    let stores = inner.blocks.iter().flat_map(|block| &block.instrs);
    let stored = stores.filter_map(|instr| match instr {
        Instr::Assign { target, .. } => Some(inner.value(*target)),
        _ => None,
    });
    let vars: Vec<Value> = stored.collect();
    let [Value::Var(var)] = vars[..] else { panic!("{vars:?}") };
    assert_eq!(program.function_name(var.function), "m.f");
    assert_eq!(program.function(var.function).vars[var.index as usize].name.as_str(), "c");
}

#[test]
fn loops_and_their_variables() {
    let program = read(
        "package main
func seq(yield func(int, string) bool) {}
func f(n int, list []int, c chan int, m map[string]int) {
	for i := 0; i < n; i++ { inner := i; _ = inner }
	for {
		for range 10 { break }
	}
	for i := range n { _ = i }
	for i, x := range list { _, _ = i, x }
	for x := range c { _ = x }
	for k := range m { _ = k }
	for a, b := range seq { _, _ = a, b }
	for _, r := range \"text\" { _ = r }
	var outside int
	for outside = range list { _ = outside }
}
func main() {}
",
    );
    let (f, body) = body(&program, "m.f");
    let kinds: Vec<LoopKind> = body.loops.iter().map(|each| each.kind).collect();
    use LoopKind::*;
    assert_eq!(
        kinds,
        [
            Condition,
            Endless,
            Integer(Some(10)),
            Integer(None),
            Elements,
            Channel,
            Elements,
            Function,
            Elements,
            Elements
        ]
    );
    let outer: Vec<_> = body.loops.iter().map(|each| each.outer.map(|id| id.0)).collect();
    assert_eq!(outer[..4], [None, None, Some(1), None]);
    let header: Vec<(&str, u32)> = f
        .vars
        .iter()
        .filter(|var| var.loop_header)
        .map(|var| (var.name.as_str(), var.in_loop.expect("a loop").0))
        .collect();
    let expected =
        [("i", 0), ("i", 3), ("i", 4), ("x", 4), ("x", 5), ("k", 6), ("a", 7), ("b", 7), ("_", 8), ("r", 8)];
    assert_eq!(header, expected);
    let inner = f.vars.iter().find(|var| var.name.as_str() == "inner").expect("inner");
    assert_eq!((inner.in_loop.map(|id| id.0), inner.loop_header), (Some(0), false));
    let outside = f.vars.iter().find(|var| var.name.as_str() == "outside").expect("outside");
    assert_eq!(outside.in_loop, None);
}

#[test]
fn range_over_functions_types_its_variables() {
    check(
        "package main
type T struct{}
func (T) M() {}
type Seq2[K, V any] func(yield func(K, V) bool)
func all() Seq2[int, T] { return nil }
func one(yield func(T) bool) {}
func (T) each(yield func(*T) bool) {}
func main() {
	for _, t := range all() {          //= m.all
		t.M()                          //= m.T.M
	}
	for t := range one {
		t.M()                          //= m.T.M
	}
	for t := range (T{}).each {
		t.M()                          //= m.T.M
	}
	for i, t := range [...]T{{}} {
		t.M()                          //= m.T.M
		_ = i
	}
	for _, t := range &[2]T{} {
		t.M()                          //= m.T.M
	}
}
",
    );
}

#[test]
fn goroutines_and_deferred_calls() {
    let program = check(
        "package main
type T struct{ f func() }
func (T) M() {}
func g(n int) int { return n }
func main() {
	t := T{}
	go t.M()                           //= go m.T.M
	go g(g(1))                         //= m.g, go m.g
	defer t.f()                        //= defer V
	go func() {
		defer g(2)                     //= defer m.g
	}()                                //= go m.main.func1
	defer recover()                    //= defer B:recover
	go func(n int) {}(g(3))            //= m.g, go m.main.func2
	for range 3 {
		defer func() { go g(4) }()     //= go m.g, defer m.main.func3
	}
	f := func() {}
	go f()                             //= go V
}
",
    );
    let (_, main) = body(&program, "m.main");
    let modes = main.calls.iter().filter(|call| call.mode != Mode::Plain).count();
    assert_eq!(modes, 8);
}

#[test]
fn paths_end_where_go_ends_them() {
    let program = read(
        "package main
import (\"log\"; \"os\"; \"runtime\")
func work() {}
func a(err error) error {
	if err != nil { return err }
	switch { case err == nil: panic(1); default: os.Exit(1) }
	work()
	return nil
}
func b(c, d chan int) (n int, err error) {
	select { case <-c: runtime.Goexit(); case d <- 1: log.Fatal(1); default: }
	goto end
end:
	return
}
func main() {}
",
    );
    let ends = |name: &str| -> (usize, usize) {
        let (_, body) = body(&program, name);
        let returns = body.blocks.iter().filter(|block| matches!(block.end, Terminator::Return { .. }));
        let dead = body.blocks.iter().filter(|block| {
            matches!(block.end, Terminator::Dead) && block.instrs.iter().any(|i| matches!(i, Instr::Call(_)))
        });
        (returns.count(), dead.count())
    };
    // The end of a body returns too, reached or not.
    assert_eq!(ends("m.a"), (3, 2));
    assert_eq!(ends("m.b"), (2, 2));
    let (b, b_body) = body(&program, "m.b");
    assert!(b.returns_error && b.results == 2);
    assert!(
        b_body.blocks.iter().any(|block| matches!(block.end, Terminator::Select { has_default: true, .. }))
    );
}

#[test]
fn channels_outside_of_a_select_are_waited_for() {
    let program = read(
        "package main
func f(c, d chan int) {
	c <- 1
	x := <-c
	select { case <-d: case d <- x: }
	for range c {}
	func() { <-d }()
}
func main() {}
",
    );
    let ops = |name: &str| -> Vec<ChannelOp> {
        let (_, body) = body(&program, name);
        let instrs = body.blocks.iter().flat_map(|block| &block.instrs);
        instrs
            .filter_map(|instr| if let Instr::Channel { op, .. } = instr { Some(*op) } else { None })
            .collect()
    };
    assert_eq!(ops("m.f"), [ChannelOp::Send, ChannelOp::Receive, ChannelOp::Receive]);
    assert_eq!(ops("m.f.func1"), [ChannelOp::Receive]);
}

#[test]
fn fields_and_globals_that_hold_functions() {
    let program = read(
        "package main
type server struct{ handle, idle func() }
var hook func()
func serve() {}
func (s *server) start() { go s.handle() }
func main() {
	s := &server{handle: serve}
	s.idle = func() {}
	hook = s.start
	hook()
}
",
    );
    let (_, main) = body(&program, "m.main");
    let names: Vec<&str> = main.literals[0].fields.iter().map(|field| field.0.as_str()).collect();
    assert_eq!(names, ["handle"]);
    assert!(matches!(main.value(main.literals[0].fields[0].1), Value::Func(_)));
    let stores = main.blocks.iter().flat_map(|block| &block.instrs).filter_map(|instr| match instr {
        Instr::Assign { target, value, .. } => Some((main.value(*target), main.value(*value))),
        _ => None,
    });
    let stores: Vec<(Value, Value)> = stores.collect();
    assert!(matches!(stores[1], (Value::Field(_, Some(_), name), Value::Func(_)) if name.as_str() == "idle"));
    assert!(matches!(stores[2], (Value::Global(_), Value::Bound(..))));
    let hook = &program.globals[0];
    assert_eq!(hook.name.as_str(), "hook");
}
