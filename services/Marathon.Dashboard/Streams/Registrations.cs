using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Postgres;
using NpgsqlTypes;

namespace Marathon.Dashboard.Streams;

/// <summary>The columns of the stream <c>registrations</c>.</summary>
internal sealed class Registrations(Changes changes) :
    IHandle<RegistrationAwaitingPayment>, IHandle<RegistrationConfirmed>, IHandle<RegistrationChanged>, IHandle<RegistrationDeclined>, IHandle<RegistrationCancelled>, IHandle<RegistrationExpired>
{
    public Task HandleAsync(IReadOnlyList<Received<RegistrationAwaitingPayment>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "HELD", heard => new(
            heard.Runner, heard.RaceId, heard.RaceName, heard.RaceDate, heard.DivisionId, heard.DivisionName, heard.Amount, heard.Currency, heard.AccessKeyHash),
            work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationConfirmed>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "REGISTERED", heard => new(
            heard.Runner, heard.RaceId, heard.RaceName, heard.RaceDate, heard.DivisionId, heard.DivisionName, heard.Amount, heard.Currency, heard.AccessKeyHash,
            RegisteredAt: heard.At.UtcDateTime),
            work, cancellationToken);

    /// <summary>Held or registered as it was.</summary>
    public Task HandleAsync(IReadOnlyList<Received<RegistrationChanged>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, status: null, heard => new(heard.Runner), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationDeclined>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "DECLINED", heard => new(heard.Runner, heard.RaceId, heard.RaceName, DivisionId: heard.DivisionId, DivisionName: heard.DivisionName, EndedAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationExpired>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "EXPIRED", heard => new(heard.Runner, heard.RaceId, heard.RaceName, DivisionId: heard.DivisionId, DivisionName: heard.DivisionName, EndedAt: heard.At.UtcDateTime), work, cancellationToken);

    public Task HandleAsync(IReadOnlyList<Received<RegistrationCancelled>> events, UnitOfWork work, CancellationToken cancellationToken) =>
        WriteAsync(events, "CANCELLED", heard => new(
            heard.Runner, heard.RaceId, heard.RaceName, DivisionId: heard.DivisionId, DivisionName: heard.DivisionName, Currency: heard.Currency, EndedAt: heard.At.UtcDateTime,
            RefundDue: heard.RefundDue), work, cancellationToken);

    private async Task WriteAsync<TEvent>(
        IReadOnlyList<Received<TEvent>> events, string? status, Func<TEvent, Step> read, UnitOfWork work, CancellationToken cancellationToken)
        where TEvent : RegistrationEvent
    {
        var steps = events.Each(heard => read(heard.Event));
        // What an event does not speak of stays as an earlier one left it.
        await using var write = changes.Command(work, """
            INSERT INTO registrations AS known (
              registration_id, number, registration_version, as_of, name, phone_no, address, top_size, bottom_size, wants_all_messages,
              race_id, race_name, race_date, division_id, division_name, amount, currency, access_key_hash, registered_at, ended_at, refund_due, status)
            SELECT *, $22 FROM unnest(
              $1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[],
              $11::uuid[], $12::text[], $13::date[], $14::uuid[], $15::text[], $16::int[], $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[], $21::int[])
              AS heard (registration_id)
            ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET
              number = excluded.number, registration_version = excluded.registration_version, as_of = greatest(known.as_of, excluded.as_of),
              name = excluded.name, phone_no = excluded.phone_no, address = excluded.address, top_size = excluded.top_size, bottom_size = excluded.bottom_size,
              wants_all_messages = excluded.wants_all_messages,
              race_id = coalesce(excluded.race_id, known.race_id), race_name = coalesce(excluded.race_name, known.race_name), race_date = coalesce(excluded.race_date, known.race_date),
              division_id = coalesce(excluded.division_id, known.division_id), division_name = coalesce(excluded.division_name, known.division_name),
              amount = coalesce(excluded.amount, known.amount), currency = coalesce(excluded.currency, known.currency),
              access_key_hash = coalesce(excluded.access_key_hash, known.access_key_hash),
              registered_at = coalesce(excluded.registered_at, known.registered_at), ended_at = coalesce(excluded.ended_at, known.ended_at),
              refund_due = coalesce(excluded.refund_due, known.refund_due), status = coalesce(excluded.status, known.status)
            WHERE known.registration_version < excluded.registration_version
            """,
            events.Each(heard => heard.Event.RegistrationId), events.Each(heard => heard.Event.Number), events.Each(heard => heard.Version),
            events.Each(heard => heard.Event.At.UtcDateTime),
            Array.ConvertAll(steps, step => step.Runner.Name), Array.ConvertAll(steps, step => step.Runner.PhoneNo), Array.ConvertAll(steps, step => step.Runner.Address),
            Array.ConvertAll(steps, step => step.Runner.TopSize), Array.ConvertAll(steps, step => step.Runner.BottomSize),
            Array.ConvertAll(steps, step => step.Runner.WantsAllMessages is not false),
            Array.ConvertAll(steps, step => step.RaceId), Array.ConvertAll(steps, step => step.RaceName), Array.ConvertAll(steps, step => step.RaceDate),
            Array.ConvertAll(steps, step => step.DivisionId), Array.ConvertAll(steps, step => step.DivisionName),
            Array.ConvertAll(steps, step => step.Amount), Array.ConvertAll(steps, step => step.Currency), Array.ConvertAll(steps, step => step.AccessKeyHash),
            Array.ConvertAll(steps, step => step.RegisteredAt), Array.ConvertAll(steps, step => step.EndedAt), Array.ConvertAll(steps, step => step.RefundDue),
            Rows.OrNull(status, NpgsqlDbType.Text));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct Step(
        RunnerDetails Runner, Guid? RaceId = null, string? RaceName = null, DateOnly? RaceDate = null, Guid? DivisionId = null, string? DivisionName = null,
        int? Amount = null, string? Currency = null, string? AccessKeyHash = null, DateTime? RegisteredAt = null, DateTime? EndedAt = null, int? RefundDue = null);
}
