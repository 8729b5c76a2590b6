//! Values of constants: flags and numbers of system calls.

use super::{constants, function, read};

#[test]
fn flags_and_iota() {
    let program = read(
        "package main
import \"m/flags\"
const (
	a = 1 << iota
	b
	_
	d
)
const (
	x, y = iota, iota * 10
	z, w
)
const both = flags.New | flags.Old&^0x10
const (
	first = 'a' + iota
	second
	text = \"text\"
	again
)
type kind int
const typed kind = kind(7)
const negative = -(3 - 5) ^ 0
const big = 1 << 62
const huge = 1 << 100
const cyclic = other
const other = cyclic
func f(...any) {}
func main() {
	const local = b | d
	const (
		one = iota + 1
		two
	)
	f(a, b, d)
	f(x, y, z, w)
	f(both, flags.New, first, second)
	f(text, again, typed, negative, !true)
	f(big, huge, cyclic)
	f(local, one, two, 0b101, 0o17, 1_000, 0x_F)
	f(len(text), true, nil, 2.5, 10/3, 10%3, 1<<3>>1)
	f(kind(3), `raw`, '\\n', \"\\x41\\u00e9\")
}
-- flags/flags.go --
package flags
const (
	New = 0x20000 << iota
	Old = New | 0x11
)
",
    );
    assert_eq!(
        constants(function(&program, "m.main")),
        [
            "1 2 8",
            "0 0 1 10",
            "131073 131072 97 98",
            "\"text\" \"text\" 7 2 ?",
            "4611686018427387904 ? ?",
            "10 1 2 5 15 1000 15",
            "\"text\"",
            "? true nil ? 3 1 4",
            "3 \"raw\" 10 \"Aé\"",
        ]
    );
}

#[test]
fn numbers_of_the_standard_library_follow_the_target() {
    let program = read(
        "package main
import \"syscall\"
func f(...any) {}
func main() {
	f(syscall.SYS_UNSHARE, syscall.CLONE_NEWNS|syscall.CLONE_NEWNET, syscall.PR_SET_NAME)
}
",
    );
    let found = constants(function(&program, "m.main"));
    assert_eq!(found, ["272 1073872896 15"]);
}

#[test]
fn long_chains_of_constants_and_variables() {
    let mut text = String::from("package main\nfunc f(...any) {}\nconst c0 = 1\nvar v0 = T{}\n");
    text.push_str("type T struct{}\nfunc (T) M() {}\n");
    for at in 1..=1000 {
        text.push_str(&format!("const c{at} = c{} + c{}\n", at - 1, 0));
        text.push_str(&format!("var v{at} = v{}\n", at - 1));
    }
    // Without a memory this one would take for ever.
    text.push_str("const d0 = 0\n");
    for at in 1..=200 {
        text.push_str(&format!("const d{at} = d{0} + d{0}\n", at - 1));
    }
    text.push_str("func main() { f(c1000, d200); v1000.M() }\n");
    let program = read(&text);
    let main = function(&program, "m.main");
    assert_eq!(constants(main), ["1001 0", ""]);
    let calls = &main.body.as_ref().expect("a body").calls;
    assert_eq!(super::label(&program, &calls[1]), "m.T.M");
}
