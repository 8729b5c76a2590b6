//! C as cgo packages contain it.

use snag_syntax::Span;
use snag_syntax::c::{self, AccessKind, Body, Call, CallKind, File, Sharing, TagKind, Value};

fn read(text: &str) -> File {
    let (file, problems) = c::read(text.as_bytes());
    assert_eq!(problems, [], "{text}");
    file
}

fn body<'f>(file: &'f File, name: &str) -> &'f Body {
    let function = file.function(name).unwrap_or_else(|| panic!("no function {name}: {:?}", names(file)));
    function.body.as_ref().unwrap_or_else(|| panic!("{name} has no body"))
}

fn names(file: &File) -> Vec<&str> {
    file.functions.iter().map(|function| function.name.as_str()).collect()
}

fn call_names(body: &Body) -> Vec<&str> {
    body.calls.iter().map(|call| call.name.as_str()).collect()
}

fn values(call: &Call) -> Vec<&Value> {
    call.arguments.iter().map(|argument| &argument.value).collect()
}

fn accesses(body: &Body) -> Vec<(&str, AccessKind)> {
    body.accesses.iter().map(|access| (access.name.as_str(), access.kind)).collect()
}

fn at(text: &str, part: &str) -> Span {
    let start = text.find(part).expect("the part is in the text") as u32;
    Span::new(start, start + part.len() as u32)
}

/// The comments of a Go file that stand above `import "C"`, found the way the Go lexer finds them.
fn comments(source: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut offset = 0;
    let head = &source[..source.find("import \"C\"").expect("a cgo file")];
    while let Some(found) = head[offset..].find(['/']) {
        let start = offset + found;
        let rest = &head[start..];
        let len = match rest.as_bytes()[1] {
            b'/' => {
                rest.find('\n').map_or(rest.len(), |end| end - usize::from(rest.as_bytes()[end - 1] == b'\r'))
            }
            _ => rest.find("*/").expect("closed") + 2,
        };
        spans.push(Span::new(start as u32, (start + len) as u32));
        offset = start + len;
    }
    spans
}

#[test]
fn setns_wrapper_with_constants_and_syscall() {
    let text = r#"
#define _GNU_SOURCE
#include <sched.h>
#include <sys/syscall.h>
#include "local.h"
#define FLAGS (CLONE_X | 0x1)
#define CLONE_X (1 << 4)
#define MODE 0644

// Enters a namespace. Must be called from the same thread as leave.
static int enter(int fd, const char *name) {
	if (setns(fd, CLONE_NEWNET) < 0) return -errno;
	syscall(SYS_setresuid, -1, 0, -1);
	return unshare(CLONE_NEWNS | CLONE_NEWIPC) + log_it("in \"ns\"", NULL, 'x', &fd, fd + 1);
}
"#;
    let file = read(text);
    let enter = file.function("enter").unwrap();
    assert!(enter.storage.is_static);
    assert_eq!(enter.result.text, "int");
    assert_eq!(enter.params.len(), 2);
    assert_eq!((enter.params[1].name.as_str(), enter.params[1].ty.text.as_str()), ("name", "const char *"));
    assert_eq!((enter.params[1].ty.base.as_str(), enter.params[1].ty.pointers), ("char", 1));
    assert_eq!(enter.name_span, Span::new(at(text, "enter(int").start, at(text, "enter(int").start + 5));
    assert!(enter.doc.as_ref().unwrap().text.contains("same thread as leave"));
    let body = enter.body.as_ref().unwrap();
    assert_eq!(call_names(body), ["setns", "syscall", "unshare", "log_it"]);
    assert_eq!(body.calls[0].name_span, at(text, "setns"));
    assert_eq!(values(&body.calls[0]), [&Value::Name("fd".into()), &Value::Name("CLONE_NEWNET".into())]);
    assert_eq!(body.calls[1].syscall_name(), Some("setresuid"));
    assert_eq!(values(&body.calls[1])[1..], [&Value::Int(-1), &Value::Int(0), &Value::Int(-1)]);
    assert_eq!(values(&body.calls[2]), [&Value::Flags(vec!["CLONE_NEWNS".into(), "CLONE_NEWIPC".into()])]);
    assert_eq!(
        values(&body.calls[3]),
        [
            &Value::Text("in \"ns\"".into()),
            &Value::Null,
            &Value::Int(120),
            &Value::AddressOf("fd".into()),
            &Value::Other
        ]
    );
    assert_eq!(body.errno.len(), 1);
    assert_eq!(file.constant("FLAGS"), Some(17));
    assert_eq!(file.constant("MODE"), Some(0o644));
    let includes: Vec<_> =
        file.includes.iter().map(|include| (include.path.as_str(), include.is_system)).collect();
    assert_eq!(includes, [("sched.h", true), ("sys/syscall.h", true), ("local.h", false)]);
}

#[test]
fn libgit2_style_last_error() {
    let file = read(
        r#"
#include <git2.h>
#cgo pkg-config: --static libgit2
#cgo LDFLAGS: -lgit2 -Wl,'a'
GIT_EXTERN(int) git_repository_open(git_repository **out, const char *path);
GIT_EXTERN(const git_error *) git_error_last(void);
extern int _go_git_visit_submodule(git_repository *repo, void *fct);

int _go_git_transport_register(const char *prefix, void *handle)
{
	return git_transport_register(prefix, (git_transport_cb)&transportCallback, handle);
}

static const char *last_message() {
	const git_error *e = git_error_last();
	return e ? e->message : NULL;
}
"#,
    );
    assert_eq!(
        names(&file),
        [
            "git_repository_open",
            "git_error_last",
            "_go_git_visit_submodule",
            "_go_git_transport_register",
            "last_message"
        ]
    );
    assert_eq!(file.functions[0].result.text, "int");
    assert_eq!(file.functions[0].params[0].ty.pointers, 2);
    assert_eq!(file.functions[1].result.text, "const git_error *");
    assert!(file.functions[1].params.is_empty());
    assert!(file.functions[2].storage.is_extern);
    assert_eq!(call_names(body(&file, "last_message")), ["git_error_last"]);
    assert_eq!(file.functions[4].result.text, "const char *");
    assert_eq!(file.cgo.len(), 2);
    assert_eq!(file.cgo[0].text, "pkg-config: --static libgit2");
}

#[test]
fn cuda_style() {
    let file = read(
        r#"
#ifdef __cplusplus
extern "C" {
#endif
typedef enum cudaError { cudaSuccess = 0, cudaErrorInvalid, cudaErrorOther = 0x10, cudaLast } cudaError_t;
typedef struct CUctx_st *CUcontext;
typedef void (CUDA_CB *cudaStreamCallback_t)(cudaStream_t stream, void *data);
__host__ cudaError_t CUDARTAPI cudaSetDevice(int device);
extern __host__ __cudart_builtin__ cudaError_t CUDARTAPI cudaGetLastError(void);
static inline __attribute__((always_inline)) cudaError_t use(int d, size_t n[4]) {
  cudaError_t e = cudaSetDevice(d);
  if (e != cudaSuccess) return cudaGetLastError();
  for (;;) { if (cudaStreamQuery(0) == cudaSuccess) break; usleep(10); }
  while (1) ;
  do { sched_yield(); } while (busy());
  return e;
}
#ifdef __cplusplus
}
#endif
"#,
    );
    let constants: Vec<_> =
        file.constants.iter().map(|constant| (constant.name.as_str(), constant.value.unwrap())).collect();
    assert_eq!(
        constants,
        [("cudaSuccess", 0), ("cudaErrorInvalid", 1), ("cudaErrorOther", 16), ("cudaLast", 17)]
    );
    let typedefs: Vec<_> =
        file.typedefs.iter().map(|typedef| (typedef.name.as_str(), typedef.ty.text.as_str())).collect();
    assert_eq!(typedefs[0], ("cudaError_t", "enum cudaError"));
    assert_eq!(typedefs[1], ("CUcontext", "struct CUctx_st *"));
    assert_eq!(typedefs[2].0, "cudaStreamCallback_t");
    assert!(file.typedefs[2].ty.is_function);
    assert_eq!(file.tags.len(), 1);
    assert_eq!((file.tags[0].kind, file.tags[0].name.as_str()), (TagKind::Enum, "cudaError"));
    assert_eq!(names(&file), ["cudaSetDevice", "cudaGetLastError", "use"]);
    assert_eq!(file.functions[0].result.base, "__host__ cudaError_t");
    let used = body(&file, "use");
    assert_eq!(
        call_names(used),
        ["cudaSetDevice", "cudaGetLastError", "cudaStreamQuery", "usleep", "sched_yield", "busy"]
    );
    assert_eq!(used.loops.iter().map(|it| it.endless).collect::<Vec<_>>(), [true, true, false]);
    assert!(file.function("use").unwrap().storage.is_inline);
    assert_eq!(file.function("use").unwrap().params[1].ty.text, "size_t[]");
}

#[test]
fn opengl_pointers_and_macros() {
    let file = read(
        r#"
#define GLAPI extern
#define GL_TRIANGLES 0x0004
#define GL_ALL ((GLbitfield)0xFFFFFFFFu)
#define CHECK(x) do { x; glGetError(); } while (0)
#define MakeCurrent(c) eglMakeCurrent(dpy, surf, surf, c)
typedef void  (APIENTRYP GPCLEAR)(GLbitfield  mask);
static void (*gpClear)(GLbitfield mask) = NULL;
static void  glowClear(GPCLEAR fnptr, GLbitfield  mask) {
  (*fnptr)(mask);
  gpClear(mask);
  table->clear(mask);
}
GLAPI void APIENTRY glFlush (void);
"#,
    );
    assert_eq!(names(&file), ["glowClear", "glFlush"]);
    assert_eq!(file.functions[1].result.text, "void APIENTRY");
    assert_eq!(file.constant("GL_TRIANGLES"), Some(4));
    assert_eq!(file.constant("GL_ALL"), Some(0xffff_ffff));
    let pointer = file.variable("gpClear").unwrap();
    assert!(pointer.ty.is_function && pointer.storage.is_static);
    let kinds: Vec<_> =
        body(&file, "glowClear").calls.iter().map(|call| (call.name.as_str(), call.kind)).collect();
    assert_eq!(
        kinds,
        [("fnptr", CallKind::Pointer), ("gpClear", CallKind::Plain), ("clear", CallKind::Member)]
    );
    let make = file.macros.iter().find(|it| it.name == "MakeCurrent").unwrap();
    assert_eq!(make.params.as_deref(), Some(&["c".to_owned()][..]));
    assert_eq!(make.calls[0].name, "eglMakeCurrent");
    assert_eq!(make.calls[0].arguments.len(), 4);
    let check = file.macros.iter().find(|it| it.name == "CHECK").unwrap();
    assert_eq!(check.calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["glGetError"]);
}

#[test]
fn thread_storage_in_every_spelling() {
    let text = r#"
#ifdef _WIN32
#define TLS __declspec(thread)
#else
#define TLS __thread
#endif
static __thread int depth; // one per thread
_Thread_local char buf[64] = { 0, 1 };
extern thread_local struct ctx *current;
TLS unsigned long a = 1, *b;
static __declspec(thread) int win;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
int shared, *other = &shared;

int next(int shared_arg) {
	static int counter = 0;
	static __thread int local_tls;
	int shared = 3;
	depth++;
	buf[3] = 'x';
	current->field = depth;
	local_tls += counter;
	pthread_setspecific(key, &a);
	foo(b & 3);
	shared = 4;
	return counter;
}
int set(void) { shared = 1; return shared; }
"#;
    let file = read(text);
    let list: Vec<_> = file
        .variables
        .iter()
        .map(|it| {
            (it.name.as_str(), it.sharing, it.function.map(|index| file.functions[index].name.as_str()))
        })
        .collect();
    assert_eq!(
        list,
        [
            ("depth", Sharing::Thread, None),
            ("buf", Sharing::Thread, None),
            ("current", Sharing::Thread, None),
            ("a", Sharing::Thread, None),
            ("b", Sharing::Thread, None),
            ("win", Sharing::Thread, None),
            ("key", Sharing::ThreadKey, None),
            ("once", Sharing::Process, None),
            ("shared", Sharing::Process, None),
            ("other", Sharing::Process, None),
            ("counter", Sharing::Process, Some("next")),
            ("local_tls", Sharing::Thread, Some("next")),
        ]
    );
    assert_eq!(file.variable("depth").unwrap().doc.as_ref().unwrap().text.as_ref(), "one per thread");
    assert_eq!(file.variable("b").unwrap().ty.text, "unsigned long *");
    assert_eq!(file.variable("current").unwrap().ty.base, "struct ctx");
    assert_eq!(
        accesses(body(&file, "next")),
        [
            ("depth", AccessKind::Increment),
            ("buf", AccessKind::Write),
            ("current", AccessKind::ReadWrite),
            ("depth", AccessKind::Read),
            ("local_tls", AccessKind::Increment),
            ("counter", AccessKind::Read),
            ("key", AccessKind::Read),
            ("a", AccessKind::Address),
            ("b", AccessKind::Read),
            ("counter", AccessKind::Read),
        ]
    );
    assert_eq!(accesses(body(&file, "set")), [("shared", AccessKind::Write), ("shared", AccessKind::Read)]);
}

#[test]
fn sigmask_errno_and_dlerror() {
    let file = read(
        r#"
#include <signal.h>
static void block(sigset_t *old) {
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, old);
}
static int get_errno(void) { return errno; }
static void clear_errno() { errno = 0; }
static char *open_it(const char *p, void **h) {
	dlerror(); /* contract: same thread */
	*h = dlopen(p, RTLD_LAZY|RTLD_GLOBAL);
	return dlerror();
}
static void nothing(void) { /* empty */ }
"#,
    );
    let block = body(&file, "block");
    assert_eq!(call_names(block), ["sigfillset", "pthread_sigmask"]);
    assert_eq!(
        values(&block.calls[1]),
        [&Value::Name("SIG_BLOCK".into()), &Value::AddressOf("all".into()), &Value::Name("old".into())]
    );
    assert_eq!(body(&file, "get_errno").errno[0].kind, AccessKind::Read);
    assert_eq!(body(&file, "clear_errno").errno[0].kind, AccessKind::Clear);
    let open = body(&file, "open_it");
    assert_eq!(call_names(open), ["dlerror", "dlopen", "dlerror"]);
    assert_eq!(values(&open.calls[1])[1], &Value::Flags(vec!["RTLD_LAZY".into(), "RTLD_GLOBAL".into()]));
    assert_eq!(file.comments_in(open.span)[0].text.as_ref(), "contract: same thread");
    assert!(body(&file, "nothing").is_empty);
    assert!(!open.is_empty);
}

#[test]
fn objective_c() {
    let file = read(
        r#"
#import <Cocoa/Cocoa.h>
@interface Delegate : NSObject <NSWindowDelegate> { int x; }
@property (nonatomic, assign) int y;
- (void)windowWillClose:(NSNotification *)note;
@end
@implementation Delegate
- (void)windowWillClose:(NSNotification *)note {
	[NSApp terminate:nil];
}
@end
static BOOL isMain(void) { return [NSThread isMainThread]; }
void run(int a[2]) {
	NSString *s = @"x";
	[[NSApplication sharedApplication] run];
	[win setFrame:a[1] display:YES];
	dispatch_async(dispatch_get_main_queue(), ^{ work(); });
}
"#,
    );
    assert_eq!(
        names(&file),
        ["-[Delegate windowWillClose:]", "-[Delegate windowWillClose:]", "isMain", "run"]
    );
    let terminate = &body(&file, "-[Delegate windowWillClose:]").calls[0];
    assert_eq!((terminate.name.as_str(), terminate.receiver.as_deref()), ("terminate:", Some("NSApp")));
    assert_eq!(values(terminate), [&Value::Null]);
    assert_eq!(call_names(body(&file, "isMain")), ["isMainThread"]);
    assert_eq!(
        call_names(body(&file, "run")),
        [
            "sharedApplication",
            "run",
            "setFrame:display:",
            "dispatch_get_main_queue",
            "work",
            "dispatch_async"
        ]
    );
}

#[test]
fn cpp() {
    let file = read(
        r#"
#include "x.h"
namespace a { namespace {
thread_local std::string last_error;
template <typename T> T id(T x) { return x; }
}}
class Foo : public Bar { int x; };
Foo::Foo(int a) : x(a), y{2} { init(); }
extern "C" int foo_last(char *out) { strcpy(out, a::last_error.c_str()); return std::min(1, 2); }
const char *raw = R"x(not a " comment // )x";
"#,
    );
    assert_eq!(names(&file), ["id", "Foo::Foo", "foo_last"]);
    assert_eq!(file.variable("last_error").unwrap().sharing, Sharing::Thread);
    assert_eq!(call_names(body(&file, "foo_last")), ["c_str", "strcpy", "std::min"]);
    assert_eq!(call_names(body(&file, "Foo::Foo")), ["init"]);
    assert!(file.variable("raw").is_some());
}

#[test]
fn conditionals() {
    let file = read(
        r#"
#if 0
int dead(void) { don't }
#else
int alive(void);
#endif
#if 1
int one(void);
#else
int two(void);
#endif
#ifdef A
int f(int a) {
#else
int f(long a) {
#endif
#if defined(B)
	if (x()) {
#elif C
	if (y()) {
#endif
		z();
	}
}
int g(void) { return 0; }
"#,
    );
    assert_eq!(names(&file), ["alive", "one", "f", "g"]);
    assert_eq!(call_names(body(&file, "f")), ["x", "y", "z"]);
}

#[test]
fn types_and_structs() {
    let file = read(
        r#"
struct forward;
struct __attribute__((packed)) point { int x, y; enum { P_A = 'a', P_B } kind; struct inner { int z; } in; };
union u { int a; } shared_u;
typedef struct { int fd; } handle_t, *handle_p;
typedef unsigned int uint_t;
typedef int (*callback)(void *, int);
typedef int plain_fn(int);
struct point make_point(struct point, unsigned, int (*cmp)(const void *, const void *), ...);
enum { ONE = 1, TWO = ONE << 1, UNKNOWN = sizeof(int), AFTER };
"#,
    );
    let tags: Vec<_> = file.tags.iter().map(|tag| (tag.name.as_str(), tag.defined)).collect();
    assert_eq!(tags, [("forward", false), ("point", true), ("inner", true), ("u", true)]);
    let typedefs: Vec<_> = file.typedefs.iter().map(|it| (it.name.as_str(), it.ty.text.as_str())).collect();
    assert_eq!(
        typedefs,
        [
            ("handle_t", "struct"),
            ("handle_p", "struct *"),
            ("uint_t", "unsigned int"),
            ("callback", "int (*)(void*,int)"),
            ("plain_fn", "int (int)")
        ]
    );
    let make = file.function("make_point").unwrap();
    assert!(make.variadic);
    let params: Vec<_> = make.params.iter().map(|it| (it.name.as_str(), it.ty.base.as_str())).collect();
    assert_eq!(params, [("", "struct point"), ("", "unsigned"), ("cmp", "int")]);
    assert!(make.params[2].ty.is_function);
    assert_eq!((file.constant("P_A"), file.constant("P_B")), (Some(97), Some(98)));
    assert_eq!(
        (file.constant("TWO"), file.constant("UNKNOWN"), file.constant("AFTER")),
        (Some(2), None, None)
    );
    assert_eq!(file.variable("shared_u").unwrap().ty.base, "union u");
}

#[test]
fn macros_that_declare_without_a_semicolon() {
    let file = read(
        "DEFINE_HANDLE(Device)\nDEFINE_HANDLE(Queue)\ntypedef enum result { OK = 1 } result;\nPLUGIN(a, b)\nstatic int f(void) { return 0; }\nAPI int g(void)\n{ return 1; }\nEXTERN(const char *) h(void);\n",
    );
    assert_eq!(names(&file), ["f", "g", "h"]);
    assert_eq!(file.typedefs[0].name, "result");
    assert_eq!(file.constant("OK"), Some(1));
    assert_eq!(file.function("g").unwrap().result.text, "int");
    assert_eq!(file.function("h").unwrap().result.text, "const char *");
}

#[test]
fn comments_carry_contracts() {
    let file = read(
        "int a(void);  // main thread only\nint b(void);\n/*\n * Not thread-safe: call from\n * the thread that made it.\n */\nint c(void);\n// far\n\nint d(void);\n// one\n// two\nint e(void);\n",
    );
    let docs: Vec<_> = file.functions.iter().map(|it| it.doc.as_ref().map(|doc| doc.text.as_ref())).collect();
    assert_eq!(
        docs,
        [
            Some("main thread only"),
            None,
            Some("Not thread-safe: call from\nthe thread that made it."),
            None,
            Some("one\ntwo")
        ]
    );
}

#[test]
fn preamble_of_a_block_comment() {
    let source =
        "package p\n\n/*\n#include <errno.h>\nstatic int f(void) { return g(); }\n*/\nimport \"C\"\n";
    let comments = comments(source);
    let preamble = c::preamble_text(&comments, source.as_bytes());
    assert_eq!(preamble.text, b"\n#include <errno.h>\nstatic int f(void) { return g(); }\n");
    let (file, problems) = c::read_preamble(&comments, source.as_bytes());
    assert_eq!(problems, []);
    assert_eq!(body(&file, "f").calls[0].span, at(source, "g()"));
    assert_eq!(file.functions[0].span, at(source, "static int f(void) { return g(); }"));
}

#[test]
fn preamble_of_line_comments_with_carriage_returns() {
    let source = "package p\r\n\r\n// #include <errno.h>\r\n// // Call it on the main thread.\r\n// static int f(int a,\r\n//   int b) {\r\n//   return g(a);\r\n// }\r\nimport \"C\"\r\n";
    let comments = comments(source);
    let preamble = c::preamble_text(&comments, source.as_bytes());
    assert_eq!(
        String::from_utf8(preamble.text.clone()).unwrap(),
        " #include <errno.h>\n // Call it on the main thread.\n static int f(int a,\n   int b) {\n   return g(a);\n }\n"
    );
    for (offset, &byte) in preamble.text.iter().enumerate() {
        let there = source.as_bytes()[preamble.map.source_offset(offset as u32) as usize];
        assert!(there == byte || byte == b'\n' && there == b'\r', "{offset}: {byte} is not {there}");
    }
    let (file, problems) = c::read_preamble(&comments, source.as_bytes());
    assert_eq!(problems, []);
    assert_eq!(body(&file, "f").calls[0].span, at(source, "g(a)"));
    assert_eq!(file.functions[0].params[1].span, at(source, "int b"));
    assert_eq!(file.functions[0].doc.as_ref().unwrap().text.as_ref(), "Call it on the main thread.");
}

#[test]
fn preamble_of_mixed_comments_with_carriage_returns_in_a_block() {
    let source = "// int a;\n/*\r\nint b;\r\nint c*\r/ d;\r\n*/\nimport \"C\"\n";
    let spans = [at(source, "// int a;"), at(source, "/*\r\nint b;\r\nint c*\r/ d;\r\n*/")];
    let preamble = c::preamble_text(&spans, source.as_bytes());
    assert_eq!(preamble.text, b" int a;\n\nint b;\nint c*\r/ d;\n");
    let offset = preamble.text.windows(3).position(|it| it == b"b;\n").unwrap() as u32;
    assert_eq!(preamble.map.source_offset(offset), at(source, "b;").start);
    assert_eq!(preamble.map.source_span(Span::new(offset, offset + 2)), at(source, "b;"));
}

#[test]
fn broken_code_costs_only_itself() {
    let (file, problems) = c::read(b"int a(void) { foo(; }\nint b( { bar(); }\n}}}\n)\nint c(void) { baz(1); }\nint d(void) { \"x\n qux(");
    let found = names(&file);
    assert!(found.contains(&"a") && found.contains(&"c") && found.contains(&"d"), "{found:?}");
    assert_eq!(call_names(body(&file, "c")), ["baz"]);
    assert!(call_names(body(&file, "d")).contains(&"qux"));
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["brace is not closed", "string is not closed"]);
}

#[test]
fn every_prefix_of_a_file_is_read() {
    let text = "#define A (B+1)\n#define B A\n#if X\nextern \"C\" {\nstatic __thread int x = {1};\n/* c */ typedef struct s { enum {E=1} e; } t;\n#else\n}\nint f(char *s, ...) { return [o m:x] + g(\"a\", 'b', (void*)0, A|B); }\n#endif\n@interface F : G <H> { int i; }\n- (int)x:(int)y z:(id)w;\n@end\ntemplate<class T> void h();";
    for end in 0..=text.len() {
        c::read(&text.as_bytes()[..end]);
        c::read(&text.as_bytes()[end..]);
    }
}

#[test]
fn hostile_nesting_takes_linear_time() {
    let deep = 200_000;
    let units: [(&str, &str); 26] = [
        ("(", ""),
        ("{", "}"),
        ("f(", ")"),
        ("[a ", "]"),
        ("int f(", ""),
        ("int f(int (*", ""),
        ("#if A\n", ""),
        ("#if A\n{\n#else\n{\n", ""),
        ("struct a {", "}"),
        ("enum {a=(", ""),
        ("x = (", ")"),
        ("]", "["),
        ("({[", ")"),
        ("namespace a {", "}"),
        ("@interface a ", ""),
        ("template<", ">"),
        ("struct a {} ", ""),
        ("struct {} a, ", ""),
        ("R\"(", ""),
        ("/*x*/ int a, b;", ""),
        ("@end - (a) b {} ", ""),
        ("static ", ""),
        ("a::", ""),
        ("do { } while (1)", ""),
        ("^(", ""),
        ("<", ":"),
    ];
    for (open, close) in units {
        for prefix in ["", "int v; int f(void) { v", "#define X "] {
            let text = format!("{prefix}{}{}", open.repeat(deep / open.len()), close.repeat(deep / 2));
            let (file, problems) = c::read(text.as_bytes());
            assert!(problems.len() <= 100);
            assert!(file.functions.len() <= text.len());
        }
    }
}

#[test]
fn macros_that_lead_in_circles_have_no_value() {
    let mut text = String::from("#define A B\n#define B A\n#define OK 3\n");
    for index in 0..20_000 {
        text.push_str(&format!("#define M{index} (M{} + M{} + M{0})\n", index + 1, index + 2));
    }
    let file = read(&text);
    assert_eq!(file.constant("A"), None);
    assert_eq!(file.constant("OK"), Some(3));
}
