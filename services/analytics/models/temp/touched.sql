-- temp.touched: the metrics and periods of which a row may be other after this batch.
-- grain    one row a cell (metric and period)
-- key      cell
-- inputs   temp.changed_cells, temp.successors, facts.cells, facts.periods
-- refresh  batch
-- meaning  those whose values changed, and those that are compared with them; with the cells that each is compared
--          with itself, where there are such.
select
    c.cell,
    c.metric,
    c.period,
    before.cell as previous_cell,
    year.cell as year_ago_cell
from facts.cells as c
join facts.periods as p on p.period = c.period
left join facts.cells as before on before.metric = c.metric and before.period = p.previous
left join facts.cells as year on year.metric = c.metric and year.period = p.year_ago
where c.cell in (
    select s.successor
    from temp.successors as s
    join temp.changed_cells as d on d.cell = s.cell
)
