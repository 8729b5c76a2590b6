module moves

go 1.19
