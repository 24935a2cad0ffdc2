using Marathon.Contracts;
using Marathon.Notification.Adapters.Provider.Sandbox;
using Marathon.Notification.Application;
using Marathon.Notification.Domain;
using Marathon.ServiceDefaults.Values;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Notification.Tests;

/// <summary>A runner is forgotten: where they were reached, what they were sent, what they were still to be sent.</summary>
public sealed class ErasingTests(Servers servers) : IClassFixture<Servers>
{
    // Nobody else's: the broker is shared with other tests' runners.
    private readonly Story story = new() { Name = $"Kim {Guid.CreateVersion7():N}", Address = $"{Guid.CreateVersion7():N} Nowhere Lane" };
    private readonly EventSource others = servers.Others;

    private Task<IReadOnlyList<string>> FoundAsync(NotificationService notification) => notification.Database.TablesWithAsync(story.Name, story.PhoneNo, NotificationService.Dialled(story.PhoneNo), story.Address);

    [Fact]
    public async Task Erased_LeavesNobody_AndALaterRefundIsNotWritten()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        await others.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2)]);
        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 2);

        await others.SendAsync(story.Erased(), 3);
        await notification.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        await others.SendAsync([(story.Paid(), 1), (story.Refunded(), 2)]);
        await notification.Database.AppliedAsync("payments", 2, story.RegistrationId);

        Assert.Empty(await FoundAsync(notification));
        Assert.All(await notification.MessagesAsync(story), message => Assert.EndsWith("ACCEPTED", message, StringComparison.Ordinal));
        Assert.Equal("messages-erased", (await notification.Database.ToldAsync(story.RegistrationId))[^1].Split(' ')[1]);
    }

    [Fact]
    public async Task Erased_WhileAMessageIsAtTheSender_IsNotBroughtBackByIt()
    {
        var sender = new SlowSender();
        await using var notification = await NotificationService.StartAsync(servers, services => services.AddSingleton<ISmsSender>(sender));
        await others.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2)]);
        await sender.Begun.Task.WaitAsync(TimeSpan.FromSeconds(20));

        await others.SendAsync(story.Erased(), 3);
        await notification.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        sender.Go.SetResult();
        // One more message behind it: by then the sender's answer was dealt with.
        var behind = new Story();
        await others.SendAsync(behind.Confirmed(), 1);
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(behind)).SequenceEqual(["confirmed ACCEPTED"]));

        Assert.Empty(await FoundAsync(notification));
        Assert.Empty(await notification.MessagesAsync(story));
        Assert.Equal(["1 messages-erased"], await notification.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Erased_WhoIsASuppliersContactToo_IsForgottenAsARunner_AndStillToldOfTheirOrders()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var (before, after) = (new Order(phoneNo: story.PhoneNo), new Order(phoneNo: story.PhoneNo));
        await others.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2), (before.Inspected(), 1)]);
        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 3);

        await others.SendAsync(story.Erased(), 3);
        await notification.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        await others.SendAsync(after.Inspected(), 1);

        await Eventually.TrueAsync(async () => (await notification.SentToAsync(story)).Count == 2);
        Assert.All(await notification.SentToAsync(story), text => Assert.Contains("PO-", text, StringComparison.Ordinal));
        Assert.Empty(await notification.Database.TablesWithAsync(story.Name, story.Address));
        Assert.Empty(await notification.Database.RowsAsync("SELECT phone_no FROM contacts WHERE registration_id = $1 AND phone_no <> ''", story.RegistrationId));
    }

    [Fact]
    public async Task Sandbox_WhenAMessageWasErasedOnItsWay_DoesNotKeepIt()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var sandbox = new SandboxSender(notification.Database, new SandboxOptions());
        var text = "to " + story.Name;

        await sandbox.SendAsync([new Sms(Guid.CreateVersion7(), PhoneNumber.Parse(story.PhoneNo)!, text, SmsForm.Of(text))], CancellationToken.None);

        Assert.Empty(await FoundAsync(notification));
    }

    [Fact]
    public async Task Replayed_FromRedactedEvents_SendsNothingToNobody()
    {
        await using var notification = await NotificationService.StartAsync(servers);
        var redacted = story.Confirmed() with { Runner = new RunnerDetails("", "", "", "M", "L", "ko") };
        var behind = new Story();

        await others.SendAsync([(redacted, 1), (behind.Confirmed(), 1)]);
        await notification.Database.AppliedAsync("registrations", 1, story.RegistrationId, behind.RegistrationId);
        await Eventually.TrueAsync(async () => (await notification.MessagesAsync(behind)).SequenceEqual(["confirmed ACCEPTED"]));

        Assert.Equal(["confirmed QUEUED"], await notification.MessagesAsync(story));
    }

    /// <summary>Takes its first batch when the test says so.</summary>
    private sealed class SlowSender : Sender
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task<IReadOnlyDictionary<Guid, SendOutcome>> SendAsync(IReadOnlyList<Sms> batch, CancellationToken cancellationToken)
        {
            Begun.TrySetResult();
            await Go.Task.WaitAsync(cancellationToken);
            return Accepted(batch);
        }
    }
}
