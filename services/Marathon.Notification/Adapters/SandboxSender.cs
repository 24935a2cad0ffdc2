using Marathon.Notification.Application;
using Npgsql;

namespace Marathon.Notification.Adapters;

/// <summary>
/// A provider that brings nothing anywhere. It keeps what it was given, on its own account, so that one can see what was sent, and that it was sent once. Being
/// in the same database, it is erased with the rest: a message that an erasure gave up while it was on its way here is not kept.
/// </summary>
public sealed class SandboxSender(NpgsqlDataSource database) : ISmsSender
{
    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken)
    {
        await using var take = database.CreateCommand("""
            INSERT INTO sandbox_sms (reference, phone_no, text)
            SELECT given.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (reference, phone_no, text)
            JOIN messages ON messages.id = given.reference FOR SHARE OF messages
            ON CONFLICT (reference) DO NOTHING
            """);
        take.Parameters.Add(new() { Value = batch.Select(sms => sms.Reference).ToArray() });
        take.Parameters.Add(new() { Value = batch.Select(sms => sms.PhoneNo).ToArray() });
        take.Parameters.Add(new() { Value = batch.Select(sms => sms.Text).ToArray() });
        await take.ExecuteNonQueryAsync(cancellationToken);
    }
}
