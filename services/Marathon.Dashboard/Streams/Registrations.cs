using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Dashboard.Streams;

/// <summary>The columns of the stream <c>registrations</c>.</summary>
internal sealed class Registrations(Changes changes) :
    IHandle<RegistrationAwaitingPayment>, IHandle<RegistrationConfirmed>, IHandle<RegistrationChanged>, IHandle<RegistrationDeclined>, IHandle<RegistrationCancelled>, IHandle<RegistrationExpired>
{
    public Task HandleAsync(IReadOnlyList<Received<RegistrationAwaitingPayment>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        BeginAsync(events, "HELD", heard => new(
            heard.RaceId, heard.RaceName, heard.RaceDate, heard.DivisionId, heard.DivisionName, heard.Runner, heard.Amount, heard.Currency, heard.AccessKeyHash),
            work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationConfirmed>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        BeginAsync(events, "REGISTERED", heard => new(
            heard.RaceId, heard.RaceName, heard.RaceDate, heard.DivisionId, heard.DivisionName, heard.Runner, heard.Amount, heard.Currency, heard.AccessKeyHash, heard.At.UtcDateTime),
            work, cancellationToken);

    public async Task HandleAsync(IReadOnlyList<Received<RegistrationChanged>> events, UnitOfWork work, CancellationToken cancellationToken)
    {
        // Not the first of its stream, so the row is there.
        await using var write = changes.Command(work, """
            UPDATE registrations AS known SET
              registration_version = heard.version, as_of = greatest(known.as_of, heard.at),
              name = heard.name, phone_no = heard.phone_no, address = heard.address, top_size = heard.top_size, bottom_size = heard.bottom_size,
              wants_all_messages = heard.wants_all_messages
            FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[])
              AS heard (registration_id, version, at, name, phone_no, address, top_size, bottom_size, wants_all_messages)
            WHERE known.registration_id = heard.registration_id AND known.registration_version < heard.version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Version), events.Each(heard => heard.Event.At.UtcDateTime),
            events.Each(heard => heard.Event.Runner.Name), events.Each(heard => heard.Event.Runner.PhoneNo), events.Each(heard => heard.Event.Runner.Address),
            events.Each(heard => heard.Event.Runner.TopSize), events.Each(heard => heard.Event.Runner.BottomSize), events.Each(heard => heard.Event.Runner.WantsAllMessages is not false));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task BeginAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, string status, Func<TEvent, Beginning> read, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : RegistrationEvent
    {
        var beginnings = events.Each(heard => read(heard.Event));
        await using var write = changes.Command(work, """
            INSERT INTO registrations AS known (
              registration_id, number, registration_version, as_of, registered_at, race_id, race_name, race_date, division_id, division_name,
              name, phone_no, address, top_size, bottom_size, amount, currency, access_key_hash, wants_all_messages, status)
            SELECT *, $20 FROM unnest(
              $1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::uuid[], $7::text[], $8::date[], $9::uuid[], $10::text[],
              $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::int[], $17::text[], $18::text[], $19::boolean[]) AS heard (registration_id)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET
              number = excluded.number, registration_version = excluded.registration_version, as_of = greatest(known.as_of, excluded.as_of), registered_at = excluded.registered_at,
              race_id = excluded.race_id, race_name = excluded.race_name, race_date = excluded.race_date,
              division_id = excluded.division_id, division_name = excluded.division_name,
              name = excluded.name, phone_no = excluded.phone_no, address = excluded.address, top_size = excluded.top_size, bottom_size = excluded.bottom_size,
              amount = excluded.amount, currency = excluded.currency, access_key_hash = excluded.access_key_hash, wants_all_messages = excluded.wants_all_messages, status = excluded.status
            WHERE known.registration_version < excluded.registration_version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.Number), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.At.UtcDateTime), Array.ConvertAll(beginnings, begun => begun.RegisteredAt), Array.ConvertAll(beginnings, begun => begun.RaceId),
            Array.ConvertAll(beginnings, begun => begun.RaceName), Array.ConvertAll(beginnings, begun => begun.RaceDate),
            Array.ConvertAll(beginnings, begun => begun.DivisionId), Array.ConvertAll(beginnings, begun => begun.DivisionName),
            Array.ConvertAll(beginnings, begun => begun.Runner.Name), Array.ConvertAll(beginnings, begun => begun.Runner.PhoneNo), Array.ConvertAll(beginnings, begun => begun.Runner.Address),
            Array.ConvertAll(beginnings, begun => begun.Runner.TopSize), Array.ConvertAll(beginnings, begun => begun.Runner.BottomSize),
            Array.ConvertAll(beginnings, begun => begun.Amount), Array.ConvertAll(beginnings, begun => begun.Currency), Array.ConvertAll(beginnings, begun => begun.AccessKeyHash),
            Array.ConvertAll(beginnings, begun => begun.Runner.WantsAllMessages is not false), status);
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task HandleAsync(IReadOnlyList<Received<RegistrationDeclined>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        EndAsync(events, "DECLINED", heard => new(heard.RaceId, heard.RaceName, heard.Runner), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationExpired>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        EndAsync(events, "EXPIRED", heard => new(heard.RaceId, heard.RaceName, heard.Runner), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationCancelled>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        EndAsync(events, "CANCELLED", heard => new(heard.RaceId, heard.RaceName, heard.Runner, heard.RefundDue, heard.Currency), work, cancellationToken);

    private async Task EndAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, string status, Func<TEvent, End> read, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : RegistrationEvent
    {
        var ends = events.Each(heard => read(heard.Event));
        await using var write = changes.Command(work, """
            INSERT INTO registrations AS known (
              registration_id, number, registration_version, as_of, ended_at, race_id, race_name,
              name, phone_no, address, top_size, bottom_size, refund_due, currency, wants_all_messages, status)
            SELECT *, $15 FROM unnest(
              $1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $4::timestamptz[], $5::uuid[], $6::text[],
              $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[], $13::text[], $14::boolean[]) AS heard (registration_id)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET
              number = excluded.number, registration_version = excluded.registration_version, as_of = greatest(known.as_of, excluded.as_of), ended_at = excluded.ended_at,
              race_id = excluded.race_id, race_name = excluded.race_name,
              name = excluded.name, phone_no = excluded.phone_no, address = excluded.address, top_size = excluded.top_size, bottom_size = excluded.bottom_size,
              refund_due = excluded.refund_due, currency = coalesce(excluded.currency, known.currency), wants_all_messages = excluded.wants_all_messages, status = excluded.status
            WHERE known.registration_version < excluded.registration_version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.Number), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.At.UtcDateTime), Array.ConvertAll(ends, end => end.RaceId), Array.ConvertAll(ends, end => end.RaceName),
            Array.ConvertAll(ends, end => end.Runner.Name), Array.ConvertAll(ends, end => end.Runner.PhoneNo), Array.ConvertAll(ends, end => end.Runner.Address),
            Array.ConvertAll(ends, end => end.Runner.TopSize), Array.ConvertAll(ends, end => end.Runner.BottomSize),
            Array.ConvertAll(ends, end => end.RefundDue), Array.ConvertAll(ends, end => end.Currency),
            Array.ConvertAll(ends, end => end.Runner.WantsAllMessages is not false), status);
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct Beginning(
        Guid RaceId, string RaceName, DateOnly RaceDate, Guid DivisionId, string DivisionName, RunnerDetails Runner, int Amount, string Currency, string AccessKeyHash,
        DateTime? RegisteredAt = null);

    private readonly record struct End(Guid RaceId, string RaceName, RunnerDetails Runner, int? RefundDue = null, string? Currency = null);
}
