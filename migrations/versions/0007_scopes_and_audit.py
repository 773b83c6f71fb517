"""Row-level security for the role that the services act as, and the audit log that nobody can rewrite."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROLE = "rorc_service"
GRANTS = {
    "account": "select, insert, update",
    "alembic_version": "select",
    "api_key": "select, insert, update",
    "audit_event": "select",
    "card": "select, insert, update",
    "card_event": "select, insert",
    "contact_point": "select, insert, update",
    "contact_point_event": "select, insert",
    "division": "select",
    "expected_report": "select, insert",
    "idempotency_key": "select, insert",
    "meeting": "select, insert, update",
    "meeting_event": "select, insert",
    "meeting_follow_up": "select, insert, update",
    "meeting_invitation": "select, insert, update",
    "quarantine": "select, insert, delete",
    "reminder": "select, insert",
    "reporting_grant": "select, insert",
    "submission": "select, insert, update (state, steps, unanswered_warnings, transaction_id)",
    "submission_event": "select, insert",
    "submission_row": "select, insert",
    "supervision_order": "select, insert, update",
    "supervision_order_event": "select, insert",
}
"""What the services need, and nothing beyond: they may delete what was refused, when its days are over."""

AUDITED = {
    "account": "insert or update or delete",
    "api_key": "insert or update or delete",
    "card_event": "insert",
    "contact_point": "insert or update or delete",
    "contact_point_event": "insert",
    "meeting": "insert or update or delete",
    "meeting_event": "insert",
    "meeting_follow_up": "insert or update or delete",
    "meeting_invitation": "insert or update or delete",
    "reporting_grant": "insert",
    "submission": "insert or update or delete",
    "submission_event": "insert",
    "supervision_order": "insert or update or delete",
    "supervision_order_event": "insert",
}
"""Of a submission's rows its content_hash tells; what the judge does with a card stands in its events."""


def _below(column: str) -> str:
    """At or below the scope; the function is asked once for each query."""
    return f"starts_with({column}, (select scope_prefix()))"


def _with(table: str, key: str, foreign_key: str) -> str:
    """What belongs to a row that may be seen."""
    return f"(select scope_prefix()) = '' or exists (select from {table} as o where o.{key} = {foreign_key})"


_REPORTED = f"{_below('division')} or division = (select scope_township())"
_ACTOR = "nullif(current_setting('rorc.actor', true), '')::bigint"
_OWN = f"key_id = (select {_ACTOR}) or (select scope_prefix()) = ''"
_SENT = f"""(select scope_prefix()) = '' or exists (
    select from api_key as k where k.id = key_id and {_below("k.division")})"""
_INVITED = f"""exists (
    select from meeting_invitation as i where i.meeting_id = meeting.id and {_below("i.division")})"""

POLICIES = {
    "card": [("all", _below("division"))],
    "card_event": [("all", _with("card", "id", "card_id"))],
    "contact_point": [
        ("select", _below("township")), ("insert", _below("county")), ("update", _below("county")),
    ],
    "contact_point_event": [("all", _with("contact_point", "id", "contact_point_id"))],
    "expected_report": [("select", _REPORTED), ("insert", _below("division"))],
    "idempotency_key": [("all", _OWN)],
    "meeting": [("select", f"{_below('holder')} or {_INVITED}"), ("insert", _below("holder")),
                ("update", f"{_below('holder')} or {_INVITED}")],
    "meeting_event": [("all", _with("meeting", "id", "meeting_id"))],
    "meeting_follow_up": [("all", _below("division"))],
    "meeting_invitation": [("all", _below("division"))],
    "quarantine": [("select", _SENT), ("insert", _OWN), ("delete", "(select scope_prefix()) = ''")],
    "reminder": [("select", _REPORTED), ("insert", _below("division"))],
    "reporting_grant": [("select", _REPORTED), ("insert", _below("division"))],
    "submission": [("select", _REPORTED), ("insert", _below("division")), ("update", _below("division"))],
    "submission_event": [("all", _with("submission", "id", "submission_id"))],
    "submission_row": [("all", _below("division"))],
    "supervision_order": [
        ("select", _below("addressee")), ("insert", _below("issuer")), ("update", _below("addressee")),
    ],
    "supervision_order_event": [("all", _with("supervision_order", "id", "order_id"))],
}  # fmt: skip
"""Of each table with a division, what may be read and written within a scope. A village also sees that its township
reports for it; a meeting is seen by whoever holds it or is invited; a key has to stand above to issue an order or
to set a contact point."""


def upgrade() -> None:
    _create_role()
    _create_audit_event()
    _create_scope_functions()
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for command, condition in policies:
            clause = f"with check ({condition})" if command == "insert" else f"using ({condition})"
            op.execute(f"create policy scope_{command} on {table} for {command} {clause}")
    # Not forced: its owner appends to it by the functions below, whatever the scope is.
    op.execute("alter table audit_event enable row level security")
    placeless = "division is null and length((select scope_prefix())) <= 4"
    op.execute(f"create policy scope_select on audit_event for select using ({_below('division')} or {placeless})")
    op.execute(f"grant usage on schema public to {ROLE}")
    for table, rights in GRANTS.items():
        op.execute(f"grant {rights} on {table} to {ROLE}")
    _create_audit_functions()
    for table, events in AUDITED.items():
        # At the end of the transaction: the chain is locked for the commit alone, and what is undone leaves nothing.
        op.execute(f"""
            create constraint trigger audited after {events} on {table} deferrable initially deferred
            for each row execute function audit_change()
        """)


def downgrade() -> None:
    for table in AUDITED:
        op.execute(f"drop trigger audited on {table}")
    for function in (
        "audit_change()", "audit_note(text, text, text, text, bigint, jsonb)", "audit_division(text, jsonb)",
        "audit_told(jsonb)", "audit_append(bigint, text, text, text, text, jsonb, jsonb)",
    ):  # fmt: skip
        op.execute(f"drop function {function}")
    for table, policies in POLICIES.items():
        for command, _ in policies:
            op.execute(f"drop policy scope_{command} on {table}")
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
    op.drop_table("audit_event")
    op.execute("drop function scope_township()")
    op.execute("drop function scope_prefix()")
    for table in GRANTS:
        if table != "audit_event":
            op.execute(f"revoke all on {table} from {ROLE}")
    op.execute(f"revoke usage on schema public from {ROLE}")
    # Roles belong to the server: other databases may still need it.
    op.execute(f"""
        do $$ begin drop role {ROLE}; exception when dependent_objects_still_exist then null; end $$
    """)


def _create_role() -> None:
    """The role, and the migrating user's own way into it; both may be there already, made for another database."""
    op.execute(f"""
        do $$
        begin
            if not exists (select from pg_roles where rolname = '{ROLE}') then
                begin
                    create role {ROLE} nologin;
                exception when duplicate_object or unique_violation then null;
                end;
            end if;
            if not pg_has_role(current_user, '{ROLE}', 'member') then
                grant {ROLE} to current_user;
            end if;
        end $$
    """)


def _create_scope_functions() -> None:
    op.execute("""
        create function scope_prefix() returns text language sql stable parallel safe as $$
            select case current_setting('rorc.scope', true)
                when '*' then ''
                when '' then null
                else current_setting('rorc.scope', true)
            end
        $$
    """)
    op.execute("""
        create function scope_township() returns text language sql stable parallel safe as $$
            select case when length(current_setting('rorc.scope', true)) = 12
                then left(current_setting('rorc.scope', true), 9) || '000' end
        $$
    """)


def _create_audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False, comment="from 1, without a gap"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="by the clock of the database"),
        sa.Column("key_id", sa.BigInteger(), comment="whose key or session acted; null for the services themselves"),
        sa.Column("account_id", sa.BigInteger(), comment="whose session it was, or who tried to sign in"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="what was acted upon: a table, or a kind of read"),
        sa.Column("subject", sa.Text(), comment="its number there"),
        sa.Column("division", sa.Text(), comment="where it lies; null is seen from the city and above"),
        sa.Column("origin", sa.Text(), nullable=False, comment="the address it came from, or the database's user"),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), comment="of what changed"),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text())),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the one before and of this event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_event_previous_hash")),
    )
    for columns in (["division", "id"], ["kind", "subject"], ["key_id", "id"], ["account_id", "id"]):
        operators = {"division": "text_pattern_ops"} if "division" in columns else {}
        op.create_index(f"ix_audit_event_{columns[0]}", "audit_event", columns, postgresql_ops=operators)
    op.execute("""
        create trigger append_only before update or delete or truncate on audit_event
        for each statement execute function refuse_change()
    """)


def _create_audit_functions() -> None:
    """Run as the owner, whoever acts: nobody else may write the log, and nobody can call what is not granted."""
    for function in (APPEND, TOLD, DIVISION, CHANGE, NOTE):
        op.execute(function)
    op.execute("revoke all on function audit_append(bigint, text, text, text, text, jsonb, jsonb) from public")
    op.execute("revoke all on function audit_note(text, text, text, text, bigint, jsonb) from public")
    op.execute(f"grant execute on function audit_note(text, text, text, text, bigint, jsonb) to {ROLE}")


APPEND = f"""
create function audit_append(
    account bigint, action text, kind text, subject text, division text, before jsonb, after jsonb
) returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    event public.audit_event;
    actor bigint := {_ACTOR};
begin
    -- One after the other: each is chained to the one before.
    perform pg_advisory_xact_lock(7265);
    select a.id, a.hash into event.id, event.previous_hash from public.audit_event as a order by a.id desc limit 1;
    event.id := coalesce(event.id, 0) + 1;
    event.previous_hash := coalesce(event.previous_hash, decode(repeat('00', 32), 'hex'));
    event.at := clock_timestamp();
    event.key_id := actor;
    event.account_id := coalesce(account, (select k.account_id from public.api_key as k where k.id = actor));
    event.action := action;
    event.kind := kind;
    event.subject := subject;
    event.division := division;
    event.origin := coalesce(nullif(current_setting('rorc.origin', true), ''), 'database user ' || session_user);
    event.before := before;
    event.after := after;
    event.hash := sha256(event.previous_hash || convert_to(jsonb_build_array(
        event.id, (extract(epoch from event.at) * 1000000)::bigint, event.key_id, event.account_id, event.action,
        event.kind, event.subject, event.division, event.origin, event.before, event.after
    )::text, 'UTF8'));
    insert into public.audit_event values (event.*);
end
$$
"""

TOLD = """
create function audit_told(members jsonb) returns jsonb language sql immutable as $$
    -- Secrets are named and not told; of what is long, a hash is enough to notice a change.
    select jsonb_object_agg(key, case
        when jsonb_typeof(value) = 'null' then value
        when key in ('hash', 'password_hash', 'totp_secret') then to_jsonb('hidden'::text)
        when key = 'evidence' then
            jsonb_build_object('sha256', encode(sha256(convert_to(value::text, 'UTF8')), 'hex'))
        else value end)
    from jsonb_each(members)
$$
"""

DIVISION = """
create function audit_division(kind text, row_ jsonb) returns text language sql stable as $$
    select case kind
        when 'supervision_order' then row_ ->> 'addressee'
        when 'supervision_order_event' then (
            select o.addressee from public.supervision_order as o where o.id = (row_ ->> 'order_id')::bigint)
        when 'contact_point' then row_ ->> 'township'
        when 'contact_point_event' then (
            select p.township from public.contact_point as p where p.id = (row_ ->> 'contact_point_id')::bigint)
        when 'meeting' then row_ ->> 'holder'
        when 'meeting_event' then (
            select m.holder from public.meeting as m where m.id = (row_ ->> 'meeting_id')::bigint)
        when 'card_event' then (select c.division from public.card as c where c.id = (row_ ->> 'card_id')::bigint)
        when 'submission_event' then (
            select s.division from public.submission as s where s.id = (row_ ->> 'submission_id')::uuid)
        else row_ ->> 'division'
    end
$$
"""

CHANGE = """
create function audit_change() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' as $$
declare
    unsaid constant text[] := array['transaction_id', 'last_used_at', 'totp_last_step', 'failed_count'];
    old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - unsaid end;
    new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - unsaid end;
    either jsonb := coalesce(new_row, old_row);
    before jsonb := old_row;
    after jsonb := new_row;
begin
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_row -> o.key) into before, after
        from jsonb_each(old_row) as o where new_row -> o.key is distinct from o.value;
        if before is null then
            return null;
        end if;
    end if;
    perform audit_append(
        null, coalesce(either ->> 'event', case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed'
            else 'deleted' end),
        tg_table_name,
        coalesce(
            either ->> 'id', concat_ws(' ', either ->> 'meeting_id', either ->> 'number', either ->> 'division')),
        audit_division(tg_table_name, either), audit_told(before), audit_told(after));
    return null;
end
$$
"""

NOTE = """
create function audit_note(
    action text, kind text, subject text, division text, account bigint, details jsonb
) returns void language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    select audit_append(account, action, kind, subject, division, null, details)
$$
"""
