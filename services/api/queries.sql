-- name: snapshot_row
-- What the file says of itself; as_of in microseconds since 1970 (UTC).
select name, epoch_us(as_of) as as_of_us, catalog_version
from marts.snapshot

-- name: division_rows
-- Every division by code; of a code that was given anew, the newest.
select code, name, level, kind, parent, villages, valid_from, valid_to
from marts.divisions
qualify row_number() over (partition by code order by valid_from desc) = 1
order by code

-- name: period_rows
-- The periods that have values, by first day, the shortest first.
select period, kind, first_on, last_on
from marts.periods
order by first_on, last_on

-- name: submission_ids
-- The reports that the numbers rest on.
select id
from marts.submissions

-- name: change_rows
-- The metrics that have rows in a period, and the snapshot in which they last changed there.
select metric, period, snapshot
from marts.changes

-- name: slice_rows
-- Some metrics' rows of one period as numbers, those of one metric together, then those of one parent.
-- metric counts from 0 in $metrics; parent 0 has none above it; -1 is null where no number can be it.
select
    cast(division as bigint) as division,
    cast(case when parent is null then '0' else parent end as bigint) as parent,
    cast(list_position($metrics, metric) - 1 as integer) as metric,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    value,
    previous,
    year_ago,
    cast(reported as integer) as reported,
    cast(expected as integer) as expected,
    cast(case when rank is null then -1 else rank end as integer) as rank,
    cast(case when places is null then -1 else places end as integer) as places,
    cast(case when county_rank is null then -1 else county_rank end as integer) as county_rank,
    cast(case when county_places is null then -1 else county_places end as integer) as county_places,
    cast(case when city_rank is null then -1 else city_rank end as integer) as city_rank,
    cast(case when city_places is null then -1 else city_places end as integer) as city_places
from marts.metric_values
where period = $period
  and metric in (select unnest($metrics))
order by 3, 2, 1

-- name: series_rows
-- One division's values of one metric in some periods, the earliest first.
-- The parent stands in the condition because the rows lie in its order.
select
    v.period,
    cast(v.numerator as double) as numerator,
    cast(v.denominator as double) as denominator,
    v.value,
    v.rank,
    v.places,
    v.reported,
    v.expected,
    v.previous,
    v.year_ago
from marts.metric_values as v
where v.period in (select unnest($periods))
  and v.parent is not distinct from $parent
  and v.metric = $metric
  and v.division = $division
order by v.period

-- name: many_series_rows
-- One division's values of some metrics in some periods, by period.
select
    v.metric,
    v.period,
    cast(v.numerator as double) as numerator,
    cast(v.denominator as double) as denominator,
    v.value,
    v.reported,
    v.expected
from marts.metric_values as v
where v.period in (select unnest($periods))
  and v.parent is not distinct from $parent
  and v.metric in (select unnest($metrics))
  and v.division = $division
order by v.period, v.metric
