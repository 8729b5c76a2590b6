module churn

go 1.15
