"""The tables as queries see them, in SQLite and PostgreSQL; `migrations` creates them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

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
    # With what stands in braces filled in as it was when the row was written.
    Column("text", JSON, nullable=False),
    Column("severity", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
    # With its braces; NULL for a text that has nothing to fill in.
    Column("live_text", JSON(none_as_null=True)),
    # The newest first, each with `text`, `live_text` and `at`; closing words are one such.
    Column("updates", JSON, nullable=False, server_default="[]"),
    Column("closing", JSON(none_as_null=True)),
    Index("ix_messages_created_at_id", "created_at", "id"),
    Index("ix_messages_ends_at", "ends_at"),
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
    Index("ix_events_at_seq", "at", "seq"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_hash", Text, nullable=False, unique=True, index=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("folders", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("proof", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)

window_changes = Table(
    "window_changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("window_id", Text, nullable=False),
    Column("planned_for", BigInteger, nullable=False),
    Column("planned_until", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)

templates = Table(
    "templates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", JSON, nullable=False),
    Column("severity", Text, nullable=False),
    Column("text", JSON, nullable=False),
    Column("folders", JSON, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# What people did to templates; it stays when the template is gone.
template_changes = Table(
    "template_changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("template_id", Text, nullable=False),
    Column("name", JSON, nullable=False),
    Column("text", JSON, nullable=False),
    Column("folders", JSON, nullable=False),
    Index("ix_template_changes_at", "at", "seq"),
)

# Maintenance windows that people made. `starts_at` is local time in ISO 8601, `duration` is in seconds.
windows = Table(
    "windows",
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("text", JSON, nullable=False),
    Column("severity", Text, nullable=False),
    Column("starts_at", Text, nullable=False),
    Column("duration", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ended_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
)

window_events = Table(
    "window_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("window_id", Text, ForeignKey("windows.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("data", JSON, nullable=False),
)

# How long messages were kept last, and since when; and what was confirmed, and when. In seconds.
message_retention = Table(
    "message_retention",
    metadata,
    Column("standing", Text, primary_key=True),
    Column("seconds", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

problems = Table(
    "problems",
    metadata,
    Column("id", Text, primary_key=True),
    Column("infobase", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("stack_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False, index=True),
    Column("count", BigInteger, nullable=False),
    Column("dismissed_at", BigInteger),
    Index("ix_problems_infobase", "infobase", "last_seen"),
)

# What admins did to problems; it stays when the problem is gone.
problem_changes = Table(
    "problem_changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("problem_id", Text, nullable=False),
    Column("infobase", Text, nullable=False),
    Column("title", Text, nullable=False),
)

problem_hours = Table(
    "problem_hours",
    metadata,
    Column("problem_id", Text, ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
    # That of the problem, so that a month is added up without looking up its problems.
    Column("infobase", Text, nullable=False, server_default=""),
    # Whole months are added up: the index alone is read for that, in the order of infobases in an hour.
    Index("ix_problem_hours_hour", "hour", "infobase", "count", "problem_id"),
)

# Who was affected by a problem, as pseudonyms, and with which versions.
problem_traits = Table(
    "problem_traits",
    metadata,
    Column("problem_id", Text, ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True),
    Column("trait", Text, primary_key=True),
    Column("value", Text, primary_key=True),
)

reports = Table(
    "reports",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", Text, nullable=False, unique=True, index=True),
    Column("problem_id", Text, ForeignKey("problems.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("infobase", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("stack_hash", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("screenshot", LargeBinary),
    Column("size", BigInteger, nullable=False),
    # How large all are together is asked often, and they are large themselves.
    Index("ix_reports_seq_size", "seq", "size"),
    Index("ix_reports_infobase", "infobase", "at"),
)

# Where notifications go, and how far each of them is.
targets = Table(
    "targets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("digest_at", BigInteger),
    Column("firsts", Integer, nullable=False),
)

# How many reports of a problem a target was notified of.
forwarded = Table(
    "forwarded",
    metadata,
    Column("target", Text, ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True),
    Column("problem_id", Text, ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("count", BigInteger, nullable=False),
    Column("phase", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", Text, nullable=False, unique=True, index=True),
    Column("target", Text, nullable=False, index=True),
    Column("document", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("tried_since", BigInteger, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Pages look every few seconds how many are dead: the index alone is read for that.
    Index("ix_outbox_state_target", "state", "target"),
)

# How the last attempts to deliver to a target ended; what was delivered is in the outbox no more.
last_deliveries = Table(
    "last_deliveries",
    metadata,
    Column("target", Text, primary_key=True),
    Column("tried_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("error", Text, nullable=False),
)

# What was answered to requests that clients may send again: the message as the request left it.
done_requests = Table(
    "done_requests",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("message", JSON, nullable=False),
)
