-- temp.changed_cells: the metrics and periods whose values are other than before at a reporting division.
-- grain    one row a cell (metric and period)
-- key      cell
-- inputs   temp.batch, temp.unit_values, temp.standing_values, facts.changed_units, facts.cells,
--          facts.metric_definitions
-- refresh  batch
-- meaning  only these are rolled up and ranked again. What counts different values is not seen at one division, so
--          it counts as changed whenever it is affected.
with standing as (
    select s.cell, s.number, s.numerator, s.denominator, s.reported, s.expected
    from temp.standing_values as s
    join temp.batch as b on b.cell = s.cell
    join facts.metric_definitions as d on d.metric = b.metric and d.grain = s.level
    join facts.changed_units as u on u.number = s.number
), changed as (
    select case when f.cell is null then s.cell else f.cell end as cell
    from temp.unit_values as f
    full join standing as s on s.cell = f.cell and s.number = f.number
    where f.cell is null
       or s.cell is null
       or f.numerator is distinct from s.numerator
       or f.denominator is distinct from s.denominator
       or f.reported is distinct from s.reported
       or f.expected is distinct from s.expected
    union
    select b.cell
    from temp.batch as b
    join facts.metric_definitions as d on d.metric = b.metric
    where d.divisions = 'distinct'
)
select c.cell, c.metric, c.metric_number, c.period
from facts.cells as c
where c.cell in (select cell from changed)
