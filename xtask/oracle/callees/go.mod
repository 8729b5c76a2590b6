module oracle/callees

go 1.24
