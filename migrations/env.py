"""What Alembic runs: one migrator at a time, each step a transaction, no waiting for ever on a lock."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from services.core.tables import metadata

_LOCK = 7_262_317


def _run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("set lock_timeout = '10s'"))
        connection.execute(text("set statement_timeout = '10min'"))
        # Row-level security holds for the owner of the tables, too: a migration works on every division.
        connection.execute(text("set rorc.scope = '*'"))
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


_run()
