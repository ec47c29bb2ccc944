-- Accounts, notes, senders.

select 1;
