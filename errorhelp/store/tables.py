"""The tables as queries see them, in SQLite and PostgreSQL; `migrations` creates them."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData()

# A row for each version that was reached.
schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

# Instants are Unix seconds. Occurrences of maintenance windows are computed, never kept.
messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("text", JSON, nullable=False),
    Column("severity", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    # SQLite numbers rows by itself only in a column that is INTEGER to the letter.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("data", JSON, nullable=False),
)
