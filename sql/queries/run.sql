-- What `make run` tells while it works.

-- name: history
-- make run: how many windows of history are loaded, of how many, as a line of progress.
select count(*) filter (where state = 'done') as done, count(*) as windows
from backfill_window;
