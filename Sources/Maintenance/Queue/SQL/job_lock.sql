-- Serializes sessions that queue jobs, because two orders of the same jobs would deadlock. Others can read and update
-- meanwhile, and no index build runs in the transaction that holds this lock.
LOCK TABLE vecsteward.job IN SHARE UPDATE EXCLUSIVE MODE
