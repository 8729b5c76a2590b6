module example.com/namespace-leak

go 1.21
