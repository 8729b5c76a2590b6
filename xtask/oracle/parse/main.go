// Prints the syntax trees of go/parser in full, or their hashes, for the files named on standard input.
//
// xtask/src/oracle/parse.rs prints the same from Snag's parser.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"hash/fnv"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

func main() {
	full := len(os.Args) > 1 && os.Args[1] == "full"
	var names []string
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		names = append(names, input.Text())
	}
	if len(os.Args) > 1 && os.Args[1] == "time" {
		fmt.Println(measure(names))
		return
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if full {
		for _, name := range names {
			verdict, dump := inspect(name)
			fmt.Fprintln(out, verdict)
			out.Write(dump)
		}
		return
	}
	lines := make([]string, len(names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := range next {
				verdict, dump := inspect(names[i])
				hash := fnv.New64a()
				hash.Write(dump)
				lines[i] = fmt.Sprintf("%s %016x", verdict, hash.Sum64())
			}
		}()
	}
	for i := range names {
		next <- i
	}
	close(next)
	workers.Wait()
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
}

// measure returns the CPU seconds, garbage collection included, that go/parser takes for the files.
func measure(names []string) float64 {
	var sources [][]byte
	for _, name := range names {
		if source, err := os.ReadFile(name); err == nil {
			sources = append(sources, source)
		}
	}
	best := 0.0
	for range 3 {
		start := cpuSeconds()
		for _, source := range sources {
			parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments|parser.SkipObjectResolution)
		}
		if seconds := cpuSeconds() - start; best == 0 || seconds < best {
			best = seconds
		}
	}
	return best
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

// inspect says "accept" or "reject", and prints the tree of an accepted file. It says "newer" where this
// version of Go rejects a file only because it does not know generic methods yet.
func inspect(name string) (verdict string, dump []byte) {
	source, err := os.ReadFile(name)
	if err != nil {
		return "unreadable", nil
	}
	fset := token.NewFileSet()
	mode := parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors
	file, err := parser.ParseFile(fset, "", source, mode)
	if err != nil {
		if list, ok := err.(scanner.ErrorList); ok {
			for _, e := range list {
				if e.Msg != "method must have no type parameters" {
					return "reject", nil
				}
			}
			return "newer", nil
		}
		return "reject", nil
	}
	var buffer bytes.Buffer
	p := &printer{out: &buffer, base: fset.File(file.FileStart).Base()}
	p.file(file)
	return "accept", buffer.Bytes()
}

type printer struct {
	out  *bytes.Buffer
	base int
	buf  []byte
}

func (p *printer) off(pos token.Pos) int {
	if !pos.IsValid() {
		return -1
	}
	return int(pos) - p.base
}

func (p *printer) num(n int) {
	p.buf = strconv.AppendInt(append(p.buf[:0], ' '), int64(n), 10)
	p.out.Write(p.buf)
}

func (p *printer) open(kind string, n ast.Node) {
	p.out.WriteByte('(')
	p.out.WriteString(kind)
	p.num(p.off(n.Pos()))
	p.num(p.off(n.End()))
}

func (p *printer) at(positions ...token.Pos) {
	for _, pos := range positions {
		p.num(p.off(pos))
	}
}

func (p *printer) word(s string) {
	p.out.WriteByte(' ')
	p.out.WriteString(s)
}

func (p *printer) line()  { p.out.WriteByte('\n') }
func (p *printer) close() { p.out.WriteString(")\n") }

func (p *printer) doc(doc *ast.CommentGroup) {
	if doc != nil {
		p.word("doc")
		p.at(doc.List[0].Slash, doc.List[len(doc.List)-1].Slash)
	}
}

func (p *printer) file(f *ast.File) {
	p.out.WriteString("(File")
	p.at(f.Package)
	p.doc(f.Doc)
	p.line()
	p.ident(f.Name)
	for _, d := range f.Decls {
		p.decl(d)
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			p.out.WriteString("Comment")
			p.at(c.Slash)
			p.word(c.Text)
			p.line()
		}
	}
	p.close()
}

func (p *printer) ident(x *ast.Ident) {
	p.out.WriteString("Ident")
	p.num(p.off(x.NamePos))
	p.word(x.Name)
	p.line()
}

func (p *printer) idents(list []*ast.Ident) {
	for _, x := range list {
		p.ident(x)
	}
}

func (p *printer) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.GenDecl:
		p.open("GenDecl", d)
		p.word(d.Tok.String())
		p.at(d.Lparen, d.Rparen)
		p.doc(d.Doc)
		p.line()
		for _, s := range d.Specs {
			p.spec(s)
		}
	case *ast.FuncDecl:
		p.open("FuncDecl", d)
		p.doc(d.Doc)
		p.line()
		p.fields("Recv", d.Recv)
		p.ident(d.Name)
		p.expr(d.Type)
		if d.Body != nil {
			p.block(d.Body)
		}
	}
	p.close()
}

func (p *printer) spec(s ast.Spec) {
	switch s := s.(type) {
	case *ast.ImportSpec:
		p.open("Import", s)
		p.doc(s.Doc)
		p.line()
		if s.Name != nil {
			p.ident(s.Name)
		}
		p.expr(s.Path)
	case *ast.ValueSpec:
		p.open("Value", s)
		p.doc(s.Doc)
		p.line()
		p.idents(s.Names)
		p.maybe("Type", s.Type)
		p.exprs(s.Values)
	case *ast.TypeSpec:
		p.open("TypeSpec", s)
		p.at(s.Assign)
		p.doc(s.Doc)
		p.line()
		p.ident(s.Name)
		p.fields("TypeParams", s.TypeParams)
		p.expr(s.Type)
	}
	p.close()
}

func (p *printer) fields(kind string, list *ast.FieldList) {
	if list == nil {
		return
	}
	p.out.WriteString("(" + kind)
	p.at(list.Opening, list.Closing)
	p.line()
	for _, f := range list.List {
		p.out.WriteString("(Field")
		p.doc(f.Doc)
		p.line()
		p.idents(f.Names)
		p.expr(f.Type)
		if f.Tag != nil {
			p.expr(f.Tag)
		}
		p.close()
	}
	p.close()
}

func (p *printer) maybe(role string, x ast.Expr) {
	if x != nil {
		p.out.WriteString(role)
		p.line()
		p.expr(x)
	}
}

func (p *printer) exprs(list []ast.Expr) {
	p.out.WriteString("List")
	p.num(len(list))
	p.line()
	for _, x := range list {
		p.expr(x)
	}
}

func (p *printer) expr(x ast.Expr) {
	switch x := x.(type) {
	case *ast.Ident:
		p.ident(x)
		return
	case *ast.BasicLit:
		kind := x.Kind.String()
		p.open("Lit", x)
		p.word(kind)
		p.word(x.Value)
		p.line()
	case *ast.FuncLit:
		p.open("FuncLit", x)
		p.line()
		p.expr(x.Type)
		p.block(x.Body)
	case *ast.CompositeLit:
		p.open("Composite", x)
		p.at(x.Lbrace, x.Rbrace)
		p.line()
		p.maybe("Type", x.Type)
		p.exprs(x.Elts)
	case *ast.ParenExpr:
		p.open("Paren", x)
		p.line()
		p.expr(x.X)
	case *ast.SelectorExpr:
		p.open("Selector", x)
		p.line()
		p.expr(x.X)
		p.ident(x.Sel)
	case *ast.IndexExpr:
		p.open("Index", x)
		p.at(x.Lbrack, x.Rbrack)
		p.line()
		p.expr(x.X)
		p.exprs([]ast.Expr{x.Index})
	case *ast.IndexListExpr:
		p.open("Index", x)
		p.at(x.Lbrack, x.Rbrack)
		p.line()
		p.expr(x.X)
		p.exprs(x.Indices)
	case *ast.SliceExpr:
		p.open("Slice", x)
		p.at(x.Lbrack, x.Rbrack)
		p.word(strconv.FormatBool(x.Slice3))
		p.line()
		p.expr(x.X)
		p.maybe("Low", x.Low)
		p.maybe("High", x.High)
		p.maybe("Max", x.Max)
	case *ast.TypeAssertExpr:
		p.open("Assert", x)
		p.at(x.Lparen, x.Rparen)
		p.line()
		p.expr(x.X)
		p.maybe("Type", x.Type)
	case *ast.CallExpr:
		p.open("Call", x)
		p.at(x.Lparen, x.Ellipsis, x.Rparen)
		p.line()
		p.expr(x.Fun)
		p.exprs(x.Args)
	case *ast.StarExpr:
		p.open("Star", x)
		p.line()
		p.expr(x.X)
	case *ast.UnaryExpr:
		p.open("Unary", x)
		p.word(x.Op.String())
		p.line()
		p.expr(x.X)
	case *ast.BinaryExpr:
		p.open("Binary", x)
		p.word(x.Op.String())
		p.at(x.OpPos)
		p.line()
		p.expr(x.X)
		p.expr(x.Y)
	case *ast.KeyValueExpr:
		p.open("KeyValue", x)
		p.at(x.Colon)
		p.line()
		p.expr(x.Key)
		p.expr(x.Value)
	case *ast.ArrayType:
		p.open("Array", x)
		p.line()
		p.maybe("Len", x.Len)
		p.expr(x.Elt)
	case *ast.Ellipsis:
		p.open("Ellipsis", x)
		p.line()
		p.maybe("Type", x.Elt)
	case *ast.StructType:
		p.open("Struct", x)
		p.line()
		p.fields("Fields", x.Fields)
	case *ast.FuncType:
		p.open("Func", x)
		p.at(x.Func)
		p.line()
		p.fields("TypeParams", x.TypeParams)
		p.fields("Params", x.Params)
		p.fields("Results", x.Results)
	case *ast.InterfaceType:
		p.open("Interface", x)
		p.line()
		p.fields("Methods", x.Methods)
	case *ast.MapType:
		p.open("Map", x)
		p.line()
		p.expr(x.Key)
		p.expr(x.Value)
	case *ast.ChanType:
		p.open("Chan", x)
		p.at(x.Arrow)
		p.num(int(x.Dir))
		p.line()
		p.expr(x.Value)
	default:
		p.out.WriteString(fmt.Sprintf("(?%T\n", x))
	}
	p.close()
}

func (p *printer) block(b *ast.BlockStmt) {
	p.open("Block", b)
	p.line()
	p.stmts(b.List)
	p.close()
}

func (p *printer) stmts(list []ast.Stmt) {
	for _, s := range list {
		p.stmt(s)
	}
}

func (p *printer) maybeStmt(role string, s ast.Stmt) {
	if s != nil {
		p.out.WriteString(role)
		p.line()
		p.stmt(s)
	}
}

func (p *printer) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.EmptyStmt:
		p.open("Empty", s)
		p.word(strconv.FormatBool(s.Implicit))
		p.line()
	case *ast.ExprStmt:
		p.expr(s.X)
		return
	case *ast.SendStmt:
		p.open("Send", s)
		p.at(s.Arrow)
		p.line()
		p.expr(s.Chan)
		p.expr(s.Value)
	case *ast.IncDecStmt:
		p.open("IncDec", s)
		p.word(s.Tok.String())
		p.at(s.TokPos)
		p.line()
		p.expr(s.X)
	case *ast.AssignStmt:
		p.open("Assign", s)
		p.word(s.Tok.String())
		p.at(s.TokPos)
		p.line()
		p.exprs(s.Lhs)
		p.exprs(s.Rhs)
	case *ast.GoStmt:
		p.open("Go", s)
		p.line()
		p.expr(s.Call)
	case *ast.DeferStmt:
		p.open("Defer", s)
		p.line()
		p.expr(s.Call)
	case *ast.ReturnStmt:
		p.open("Return", s)
		p.line()
		p.exprs(s.Results)
	case *ast.BranchStmt:
		p.open("Branch", s)
		p.word(s.Tok.String())
		p.line()
		if s.Label != nil {
			p.ident(s.Label)
		}
	case *ast.BlockStmt:
		p.block(s)
		return
	case *ast.IfStmt:
		p.open("If", s)
		p.line()
		p.maybeStmt("Init", s.Init)
		p.expr(s.Cond)
		p.block(s.Body)
		p.maybeStmt("Else", s.Else)
	case *ast.CaseClause:
		p.open("Clause", s)
		p.at(s.Colon)
		p.word(strconv.FormatBool(s.List == nil))
		p.line()
		p.exprs(s.List)
		p.stmts(s.Body)
	case *ast.SwitchStmt:
		p.open("Switch", s)
		p.at(s.Body.Lbrace)
		p.line()
		p.maybeStmt("Init", s.Init)
		p.maybe("Tag", s.Tag)
		p.stmts(s.Body.List)
	case *ast.TypeSwitchStmt:
		p.open("TypeSwitch", s)
		p.at(s.Body.Lbrace)
		p.line()
		p.maybeStmt("Init", s.Init)
		p.stmt(s.Assign)
		p.stmts(s.Body.List)
	case *ast.CommClause:
		p.open("Clause", s)
		p.at(s.Colon)
		p.word(strconv.FormatBool(s.Comm == nil))
		p.line()
		p.maybeStmt("Comm", s.Comm)
		p.stmts(s.Body)
	case *ast.SelectStmt:
		p.open("Select", s)
		p.at(s.Body.Lbrace)
		p.line()
		p.stmts(s.Body.List)
	case *ast.ForStmt:
		p.open("For", s)
		p.line()
		p.maybeStmt("Init", s.Init)
		p.maybe("Cond", s.Cond)
		p.maybeStmt("Post", s.Post)
		p.block(s.Body)
	case *ast.RangeStmt:
		p.open("Range", s)
		p.at(s.TokPos, s.Range)
		if s.Tok != token.ILLEGAL {
			p.word(s.Tok.String())
		}
		p.line()
		p.maybe("Key", s.Key)
		p.maybe("Value", s.Value)
		p.expr(s.X)
		p.block(s.Body)
	case *ast.LabeledStmt:
		p.open("Labeled", s)
		p.at(s.Colon)
		p.line()
		p.ident(s.Label)
		p.stmt(s.Stmt)
	case *ast.DeclStmt:
		p.decl(s.Decl)
		return
	default:
		p.out.WriteString(strings.TrimSpace(fmt.Sprintf("(?%T", s)) + "\n")
	}
	p.close()
}
