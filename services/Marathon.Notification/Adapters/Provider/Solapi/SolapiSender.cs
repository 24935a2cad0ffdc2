using Marathon.Notification.Application;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Notification.Adapters.Provider.Solapi;

/// <summary>
/// Solapi. It does not refuse a message that it has got already; so our id goes with each, and the list of what it took is searched for it before a message that
/// is in doubt is given again.
/// </summary>
internal sealed class SolapiSender(SolapiClient solapi, SolapiOptions options) : ISmsSender
{
    private const int Korea = 82, IdsAtOnce = 100;

    /// <summary>As much as its clock and ours may be apart.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    private readonly string from = PhoneNumber.Parse(options.From)!.National;

    /// <inheritdoc/>
    public bool Reports => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken)
    {
        SolapiSent sent;
        try
        {
            sent = await solapi.SendAsync([.. batch.Select(Message)], cancellationToken);
        }
        catch (SolapiRefusal)
        {
            if (batch is [var alone]) return new Dictionary<Guid, SendOutcome> { [alone.Reference] = new SendOutcome.Refused("refused") };
            // One of them is at fault; the others are not to suffer by it.
            var outcomes = new Dictionary<Guid, SendOutcome>(batch.Count);
            try
            {
                foreach (var half in batch.Chunk((batch.Count + 1) / 2))
                    foreach (var (id, outcome) in await SendAsync(half, cancellationToken)) outcomes[id] = outcome;
            }
            // What one half was answered is known; of the other nobody can tell.
            catch (Exception) when (outcomes.Count > 0 && !cancellationToken.IsCancellationRequested) { }
            return outcomes;
        }
        var answered = new Dictionary<Guid, SendOutcome>(batch.Count);
        foreach (var taken in sent.MessageList ?? [])
            if (taken is { CustomFields.Id: { } id, MessageId: { } messageId }) answered[id] = new SendOutcome.Accepted(messageId);
        foreach (var failed in sent.FailedMessageList ?? [])
            if (failed.CustomFields?.Id is { } id) answered[id] = SolapiCodes.MayPass(failed.StatusCode) ? new SendOutcome.Later("provider-refuses-us") : new SendOutcome.Refused("refused");
        return answered;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, SendOutcome>> FindAsync(IReadOnlyCollection<Guid> references, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var (wanted, found) = (references.ToHashSet(), new Dictionary<Guid, SendOutcome>());
        string? next = null;
        do
        {
            var page = await solapi.ListAsync(since - Skew, next, cancellationToken);
            foreach (var message in page.MessageList?.Values ?? [])
                if (message is { CustomFields.Id: { } id, MessageId: { } messageId } && wanted.Contains(id)) found[id] = new SendOutcome.Accepted(messageId);
            next = page.NextKey;
        }
        while (!string.IsNullOrEmpty(next) && found.Count < wanted.Count);
        return found;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SmsReport>> ReportAsync(IReadOnlyList<Unreported> messages, CancellationToken cancellationToken)
    {
        var byProviderId = messages.ToDictionary(message => message.ProviderId, message => message.Reference);
        var reports = new List<SmsReport>(messages.Count);
        foreach (var some in messages.Chunk(IdsAtOnce))
            foreach (var status in (await solapi.ListAsync(some.Select(message => message.ProviderId), cancellationToken)).MessageList?.Values ?? [])
                if (SolapiCodes.IsSettled(status.StatusCode) && status.MessageId is { } id && byProviderId.TryGetValue(id, out var reference))
                    reports.Add(new SmsReport(reference, SolapiCodes.Failure(status.StatusCode)));
        return reports;
    }

    private SolapiMessage Message(Sms sms) => new(
        sms.To.National, from, sms.Text, sms.Form.IsLong ? "LMS" : "SMS", sms.Form.IsLong ? sms.Form.Subject : null,
        sms.To.CountryCode == Korea ? null : sms.To.CountryCode.ToString(System.Globalization.CultureInfo.InvariantCulture), new SolapiReference(sms.Reference.ToString()));
}
