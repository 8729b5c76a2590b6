// Prints who is called at every call of the main module's packages, as go/types sees it.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
)

type listed struct {
	Dir, ImportPath   string
	DepOnly           bool
	GoFiles, CgoFiles []string
	ImportMap         map[string]string
}

type resolver struct {
	done    map[string]*types.Package
	renamed map[string]string
}

func (r resolver) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if to, ok := r.renamed[path]; ok {
		path = to
	}
	if p := r.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

func main() {
	list := exec.Command("go", "list", "-e", "-deps", "-json=Dir,ImportPath,DepOnly,GoFiles,CgoFiles,ImportMap", "./...")
	list.Dir = os.Args[1]
	list.Stderr = os.Stderr
	output, err := list.StdoutPipe()
	if err == nil {
		err = list.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fset := token.NewFileSet()
	done := map[string]*types.Package{}
	for decoder := json.NewDecoder(output); decoder.More(); {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		check(fset, p, done)
	}
}

func check(fset *token.FileSet, p listed, done map[string]*types.Package) {
	var files []*ast.File
	for _, name := range append(p.GoFiles, p.CgoFiles...) {
		file, _ := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if file != nil {
			files = append(files, file)
		}
	}
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{
		Importer:         resolver{done, p.ImportMap},
		FakeImportC:      true,
		IgnoreFuncBodies: p.DepOnly,
		Error:            func(error) {},
		Sizes:            types.SizesFor("gc", "amd64"),
	}
	done[p.ImportPath], _ = config.Check(p.ImportPath, fset, files, info)
	if p.DepOnly {
		return
	}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GenDecl:
				return node.Tok == token.VAR
			case *ast.ArrayType:
				return false
			case *ast.CallExpr:
				if !info.Types[node.Fun].IsType() {
					at := fset.PositionFor(node.Rparen, false)
					fmt.Printf("%s\t%d\t%s\n", at.Filename, at.Offset+1, label(info, node.Fun))
				}
			}
			return true
		})
	}
}

func label(info *types.Info, callee ast.Expr) string {
	switch e := callee.(type) {
	case *ast.ParenExpr:
		return label(info, e.X)
	case *ast.IndexExpr:
		if is := info.Types[e.X]; is.Type != nil {
			if _, ok := is.Type.(*types.Signature); ok {
				return label(info, e.X)
			}
		}
	case *ast.IndexListExpr:
		return label(info, e.X)
	case *ast.Ident:
		return object(info.Uses[e])
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if p, ok := info.Uses[x].(*types.PkgName); ok && p.Imported().Path() == "C" {
				return "C:" + e.Sel.Name
			}
		}
		return object(info.Uses[e.Sel])
	}
	return "V"
}

func object(o types.Object) string {
	switch o := o.(type) {
	case nil:
		return "?"
	case *types.Builtin:
		return "B:" + o.Name()
	case *types.Func:
		o = o.Origin()
		recv := o.Type().(*types.Signature).Recv()
		if recv == nil {
			return o.Pkg().Path() + "." + o.Name()
		}
		of := recv.Type()
		if types.IsInterface(of) {
			return "I:" + o.Name()
		}
		if p, ok := types.Unalias(of).(*types.Pointer); ok {
			of = p.Elem()
		}
		if named, ok := types.Unalias(of).(*types.Named); ok {
			return o.Pkg().Path() + "." + named.Obj().Name() + "." + o.Name()
		}
	}
	return "V"
}
