module witness

go 1.15
