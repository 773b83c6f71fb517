-- marts.snapshot: what this file says of itself.
-- grain    one row
-- key      name
-- inputs   facts.snapshot
-- refresh  whole
-- meaning  as_of is the moment the data were read; catalog_version the rules they were judged by.
select name, as_of, catalog_version
from facts.snapshot
