-- Sessions that queue take turns, or two orders of the same jobs would deadlock. Others read and update meanwhile, and
-- no build of an index is in the transaction that holds it.
LOCK TABLE vecsteward.job IN SHARE UPDATE EXCLUSIVE MODE
