-- migrate:up

-- A till's document, to be recorded once: whether nobody else is at it, then what is known of it. The look is a statement of its own after the
-- lock, so that it sees what was committed before the lock was free. recorded: it is there, though its answer may be forgotten.
create function claim_till_request(asked uuid, out free boolean, out kind text, out digest bytea, out answer bytea, out recorded boolean)
language plpgsql as $$
begin
    free := pg_try_advisory_xact_lock(hashtextextended(asked::text, 0));
    if free then
        select request.kind, request.digest, request.answer into kind, digest, answer from pos_request as request where key = asked;
        recorded := exists (select from pos_sale where id = asked) or exists (select from pos_shift where id = asked)
            or exists (select from pos_cash_move where id = asked) or exists (select from pos_cash_count where id = asked);
    end if;
end $$;

-- migrate:down

drop function claim_till_request;
