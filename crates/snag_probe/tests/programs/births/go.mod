module births

go 1.19
