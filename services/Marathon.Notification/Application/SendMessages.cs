using Marathon.Contracts;
using Marathon.Messaging;
using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Notification.Application;

/// <summary>
/// Gives queued messages to the provider: lease, send, note. That a message is given is noted before; so whatever happens in between, the provider is asked about
/// it before it is given again.
/// </summary>
public sealed class SendMessages(
    IMessageQueue queue, ISmsSender sender, Outbox outbox, NotificationOptions options, QuietTime quiet, TimeProvider time, NotificationMeter meter, ILogger<SendMessages> logger)
{
    /// <summary>From before the lease until the provider is called: in it the provider may be asked about others, and two transactions committed.</summary>
    private TimeSpan Preparation => 2 * options.SendTimeout;

    /// <summary>Sends at most a batch; returns how many there were.</summary>
    public async Task<int> HandleAsync(CancellationToken cancellationToken)
    {
        var (lease, began) = (Guid.CreateVersion7(), time.GetTimestamp());
        var leased = await queue.LeaseAsync(lease, new LeaseTerms(Preparation + options.SendTimeout + options.AskAfter, options.BatchSize, options.Rate, quiet.Hours, options.SendsOptional), cancellationToken);
        if (leased.Count == 0) return 0;

        var outcomes = new Dictionary<Guid, SendOutcome>(leased.Count);
        try
        {
            await AskAsync(lease, [.. leased.Where(message => message.GivenAt is not null)], outcomes, cancellationToken);
            await SendAsync(began, [.. leased.Where(message => !outcomes.ContainsKey(message.Id))], outcomes, cancellationToken);
            await queue.ResumeAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var fault = exception as ProviderException;
            // The code, or the kind of the failure: its text may hold what was to be sent.
            var reason = fault?.Message ?? (exception is TimeoutException or OperationCanceledException ? "not-answered" : exception.GetType().Name);
            logger.LogWarning("Sending is tried again: {Reason}", reason);
            foreach (var message in leased)
                outcomes.TryAdd(message.Id, fault is { IsUntaken: true } && message.GivenAt is null ? new SendOutcome.Later(reason) : new SendOutcome.Unknown(reason));
            await queue.PauseAsync(fault?.Pause ?? options.RetryDelay, fault?.Pause ?? options.LongestRetryDelay, cancellationToken);
        }
        await NoteAsync(lease, leased, outcomes, cancellationToken);
        return leased.Count;
    }

    /// <summary>What is in doubt: whoever knows it has taken it. What is not known is given once more, and is not in <paramref name="outcomes"/> then.</summary>
    private async Task AskAsync(Guid lease, List<LeasedMessage> given, Dictionary<Guid, SendOutcome> outcomes, CancellationToken cancellationToken)
    {
        if (given.Count == 0) return;
        var known = await sender.FindAsync([.. given.Select(message => message.Id)], given.Min(message => message.GivenAt)!.Value, cancellationToken)
            .WaitAsync(options.SendTimeout, time, cancellationToken);
        foreach (var (id, outcome) in known) outcomes.Add(id, outcome);
        await queue.GiveAgainAsync(lease, given.FindAll(message => !known.ContainsKey(message.Id)), cancellationToken);
    }

    private async Task SendAsync(long began, List<LeasedMessage> messages, Dictionary<Guid, SendOutcome> outcomes, CancellationToken cancellationToken)
    {
        var batch = new List<Sms>(messages.Count);
        var now = time.GetUtcNow();
        foreach (var message in messages)
        {
            var form = SmsForm.Of(message.Text);
            if (!PhoneNumber.TryParse(message.PhoneNo, out var to)) outcomes[message.Id] = new SendOutcome.Refused("invalid-number");
            else if (!form.Fits) outcomes[message.Id] = new SendOutcome.Refused("too-long");
            else if (now - message.QueuedAt > options.GiveUpAfter) outcomes[message.Id] = new SendOutcome.Refused("too-late");
            else batch.Add(new Sms(message.Id, to, message.Text, form));
        }
        if (batch.Count == 0) return;
        // A process that was frozen, or a database that took long: whoever leases them next might ask the provider while it is still busy with this call.
        if (time.GetElapsedTime(began) > Preparation)
        {
            foreach (var message in messages.Where(message => !outcomes.ContainsKey(message.Id)))
                outcomes[message.Id] = message.GivenAt is null ? new SendOutcome.Later("stalled") : new SendOutcome.Unknown("stalled");
            return;
        }
        using var call = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var answers = await sender.SendAsync(batch, call.Token).WaitAsync(options.SendTimeout, time, cancellationToken);
            foreach (var sms in batch) outcomes[sms.Reference] = answers.GetValueOrDefault(sms.Reference) ?? new SendOutcome.Unknown("not-answered");
        }
        finally
        {
            // What still waits to be sent is not sent any more: it might be after the provider was asked whether it has it.
            await call.CancelAsync();
        }
    }

    private async Task NoteAsync(Guid lease, IReadOnlyList<LeasedMessage> leased, Dictionary<Guid, SendOutcome> outcomes, CancellationToken cancellationToken)
    {
        var byId = leased.ToDictionary(message => message.Id);
        var now = time.GetUtcNow();
        TimeSpan? report = sender.Reports ? options.ReportInterval : null;
        await using var work = await outbox.BeginAsync(cancellationToken);
        foreach (var (id, version) in await queue.NoteAsync(lease, [.. leased.Select(message => new AttemptNote(message, outcomes[message.Id], NextAt(message, outcomes[message.Id]), report))], now, work, cancellationToken))
        {
            var message = byId[id];
            work.Publish(outcomes[id] is SendOutcome.Refused refused
                ? new SmsFailed { RegistrationId = message.RegistrationId, Number = message.Number, MessageId = id, Kind = message.Kind, Text = message.Told, Reason = refused.Reason, At = now }
                : new SmsAccepted { RegistrationId = message.RegistrationId, Number = message.Number, MessageId = id, Kind = message.Kind, Text = message.Told, At = now },
                version, message.TraceParent);
        }
        await work.CommitAsync(cancellationToken);
        foreach (var outcome in outcomes.Values.CountBy(outcome => outcome.GetType())) meter.Attempted(outcome.Key.Name.ToLowerInvariant(), outcome.Value);
    }

    /// <summary>After one failure of its own a message is tried again soon, after each further one in twice the time.</summary>
    private TimeSpan NextAt(LeasedMessage message, SendOutcome outcome) => outcome switch
    {
        SendOutcome.Unknown => options.AskAfter,
        _ => TimeSpan.FromTicks((long)Math.Min(options.LongestRetryDelay.Ticks, options.RetryDelay.Ticks * Math.Pow(2, Math.Min(message.Attempt - 1, 30)))),
    };
}

/// <summary>The quiet hours of this service; none: it never waits.</summary>
public sealed record QuietTime(QuietHours? Hours);
