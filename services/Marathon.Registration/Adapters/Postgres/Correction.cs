using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>Other sizes, address or phone number, or other messages, under the registration's lock.</summary>
internal static class Correction
{
    /// <summary>
    /// The registration as it stands after. As long as nothing was told of it, nobody else knows of it, and the change is not told: what is told first will say it
    /// as it is then.
    /// </summary>
    public static async Task<StoredRegistration> ChangeAsync(
        UnitOfWork work, StoredRegistration registration, Runner runner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var update = work.Command("""
            UPDATE registrations SET phone_no = $2, address = $3, top_size = $4, bottom_size = $5, version = version + (version > 0)::int,
              wants_all_messages = $7, identity = CASE WHEN identity IS NULL THEN NULL ELSE $6 END
            WHERE id = $1 RETURNING version
            """, registration.Id, runner.PhoneNo, runner.Address, runner.TopSize, runner.BottomSize, runner.Identity, runner.WantsAllMessages);
        var version = (int)(await update.ExecuteScalarAsync(cancellationToken))!;
        if (version > 0)
            work.Publish(new RegistrationChanged
            {
                RegistrationId = registration.Id, Number = registration.Number, At = now,
                Runner = new RunnerDetails(runner.Name, runner.PhoneNo, runner.Address, runner.TopSize, runner.BottomSize, runner.Language, Settling.Told(runner.WantsAllMessages)),
            }, version);
        return registration with { PhoneNo = runner.PhoneNo, Address = runner.Address, TopSize = runner.TopSize, BottomSize = runner.BottomSize, WantsAllMessages = runner.WantsAllMessages };
    }
}
