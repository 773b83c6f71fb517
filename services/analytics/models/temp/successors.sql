-- temp.successors: each cell of the batch with those that say its value, or are compared with it.
-- grain    one row a cell and cell
-- key      cell, successor
-- inputs   temp.batch, facts.cells, facts.periods
-- refresh  batch
-- meaning  itself, the period after, and the same period of the next year.
select cell, cell as successor
from temp.batch
where cell is not null
union
select b.cell, c.cell as successor
from temp.batch as b
join facts.periods as p on p.previous = b.period
join facts.cells as c on c.metric = b.metric and c.period = p.period
union
select b.cell, c.cell as successor
from temp.batch as b
join facts.periods as p on p.year_ago = b.period
join facts.cells as c on c.metric = b.metric and c.period = p.period
