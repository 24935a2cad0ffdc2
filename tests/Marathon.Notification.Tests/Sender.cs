using Marathon.Notification.Application;

namespace Marathon.Notification.Tests;

/// <summary>A provider that a test makes up: it takes what <see cref="SendAsync"/> says, knows nothing when it is asked, and reports nothing.</summary>
internal abstract class Sender : ISmsSender
{
    public bool Reports => false;

    public abstract Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken);

    public Task<IReadOnlyDictionary<Guid, SendOutcome>> FindAsync(IReadOnlyCollection<Guid> references, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<Guid, SendOutcome>>(new Dictionary<Guid, SendOutcome>());

    public Task<IReadOnlyList<SmsReport>> ReportAsync(IReadOnlyList<Unreported> messages, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SmsReport>>([]);

    protected static IReadOnlyDictionary<Guid, SendOutcome> Accepted(IEnumerable<Sms> batch) =>
        batch.ToDictionary(sms => sms.Reference, sms => (SendOutcome)new SendOutcome.Accepted($"test-{sms.Reference:N}"));
}
