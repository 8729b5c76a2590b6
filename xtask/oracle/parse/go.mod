module oracle/parse

go 1.24
