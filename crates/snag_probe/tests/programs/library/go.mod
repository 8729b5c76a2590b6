module library

go 1.15
