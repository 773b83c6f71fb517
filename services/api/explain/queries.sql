-- name: value_rows
-- Some metrics of one division in some periods. The parent stands in the condition because the rows lie in its order.
select metric, period, numerator, denominator, value, reported, expected
from marts.metric_values
where period in (select unnest(cast($periods as varchar[])))
  and parent is not distinct from $parent
  and metric in (select unnest(cast($metrics as varchar[])))
  and division = $division

-- name: score_rows
-- How some indexes of one division came to their scores. Lists are asked whether they contain a value: such a
-- condition reaches the tables below the views, which a join with the list would not.
select index_name, period, points, deducted, score, reached, highest_grade, grade
from marts.index_scores
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)

-- name: component_rows
-- What each component gives.
select index_name, period, component, value, score, points
from marts.index_components
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)

-- name: deduction_rows
-- What is taken off, and for what.
select index_name, period, metric, value, points
from marts.index_deductions
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)

-- name: veto_rows
-- The vetoes that hold.
select index_name, period, metric, value, highest_grade
from marts.index_vetoes
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)

-- name: distribution_rows
-- How many below a division have which grade, the highest first; those without a score last.
select index_name, period, is_scored, grade, band, units
from marts.index_distribution
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)
order by index_name, period, is_scored desc, grade desc nulls last, band desc nulls last

-- name: line_rows
-- Where the lowest tenth of those below a division ends.
select index_name, period, scored, line
from marts.index_lines
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)

-- name: lowest_rows
-- The lowest tenth of those below a division, the lowest first.
select index_name, period, unit, score, grade
from marts.index_lowest
where division = $division
  and list_contains(cast($periods as varchar[]), period)
  and list_contains(cast($indexes as varchar[]), index_name)
order by index_name, period, score, unit

-- name: submission_rows
-- The reports about a division or those below it, the last received first, within a scope; counted before the limit.
with wanted as (
    select unnest(cast($forms as varchar[])) as form, unnest(cast($parts as varchar[])) as period
)
select s.id, s.form, s.period, s.division, s.revision, s.received_at, s.on_time, count(*) over () as found
from marts.submission_divisions as s
join wanted as w on w.form = s.form and w.period = s.period
where s.about = $division
  and list_contains(cast($forms as varchar[]), s.form)
  and list_contains(cast($parts as varchar[]), s.period)
  and starts_with(s.division, $scope)
order by s.received_at desc, s.form, s.period, s.division
limit $most
