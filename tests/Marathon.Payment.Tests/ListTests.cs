using System.Diagnostics.Metrics;
using System.Net;
using Marathon.Testing;

namespace Marathon.Payments.Tests;

/// <summary>What operators see of the payments.</summary>
public sealed class ListTests(Servers servers) : IClassFixture<Servers>, IAsyncLifetime
{
    private readonly Story[] stories = [.. Enumerable.Range(0, 3).Select(_ => new Story())];
    private readonly EventSource registration = servers.Others;
    private PaymentService payment = null!;

    public async Task InitializeAsync() => payment = await PaymentService.StartAsync(servers, looksAfterUnsettled: true, [("Payment:WatchInterval", "00:00:00.050")]);

    public Task DisposeAsync() => payment.DisposeAsync().AsTask();

    [Fact]
    public async Task List_OfOneStatus_ShowsItPageByPageWithTheTotal()
    {
        foreach (var story in stories) await payment.ChargeAsync(story);
        await payment.ChargeAsync(new Story(), "tok_declined");

        var (status, page) = await payment.GetAsync("/payments?status=COMPLETED&page=2&size=2");
        var (_, all) = await payment.GetAsync("/payments");

        Assert.Equal((HttpStatusCode.OK, 3, 2, 2, 4), (status, page.GetProperty("total").GetInt32(), page.GetProperty("page").GetInt32(),
            page.GetProperty("size").GetInt32(), all.GetProperty("total").GetInt32()));
        // The latest first, so the first is alone on the second page: by their ids, since they may be of the same millisecond.
        var only = Assert.Single(page.GetProperty("items").EnumerateArray());
        Assert.Equal((stories.MinBy(story => story.RegistrationId)!.Number, Story.Fee, "COMPLETED"), (only.GetProperty("number").GetString(), only.GetProperty("amount").GetInt32(), only.GetProperty("status").GetString()));
        Assert.DoesNotContain("tok_", all.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_OfEachStatus_HasThoseThatAreInIt()
    {
        foreach (var story in stories) await payment.ChargeAsync(story);
        await payment.ChargeAsync(new Story(), "tok_declined");
        await payment.VoidAsync(new Story());
        var (requested, refunded) = (new Story(), new Story());
        await payment.LeaveRequestedAsync(requested, captured: false, due: false);
        await payment.ChargeAsync(refunded);
        await payment.Database.ExecuteAsync("UPDATE payments SET status = 'REFUNDED', refund_amount = amount WHERE registration_id = $1", refunded.RegistrationId);

        foreach (var (status, expected) in new[] { ("REQUESTED", 1), ("COMPLETED", 3), ("DECLINED", 1), ("VOIDED", 1), ("REFUND_DUE", 0), ("REFUNDED", 1) })
        {
            var (_, page) = await payment.GetAsync($"/payments?status={status}");
            Assert.Equal((status, expected, expected), (status, page.GetProperty("total").GetInt32(), page.GetProperty("items").EnumerateArray().Count(item => item.GetProperty("status").GetString() == status)));
        }
        Assert.Equal(requested.Number, (await payment.GetAsync("/payments?status=REQUESTED")).Body.GetProperty("items")[0].GetProperty("number").GetString());
    }

    [Theory]
    [InlineData("/payments?status=PAID", "status")]
    [InlineData("/payments?size=501", "size")]
    [InlineData("/payments?size=0", "size")]
    [InlineData("/payments?page=0", "page")]
    [InlineData("/payments?page=2147483647&size=500", "page")]
    public async Task List_WhenAskedForWhatCannotBe_SaysWhichPartIsWrong(string path, string field)
    {
        var (status, problem) = await payment.GetAsync(path);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
    }

    [Theory]
    [InlineData("ko", "잘못된 항목이 있습니다. 고쳐서 다시 보내 주세요.", "형식이 맞지 않습니다")]
    [InlineData("en", "Some fields are wrong. Correct them and send the request again.", "has the wrong type")]
    public async Task List_WhenAPartIsOfTheWrongType_SaysWhichInTheCallersLanguage(string language, string detail, string wrong)
    {
        var (status, problem) = await payment.GetAsync("/payments?page=abc&size=10", language);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid", detail), (status, problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
        var field = Assert.Single(problem.GetProperty("errors").EnumerateObject());
        Assert.Equal(("page", wrong), (field.Name, field.Value.GetString()));
    }

    [Theory]
    [InlineData("/payments/M-0000-0000", "이 접수번호나 ID로 결제를 요청한 적이 없습니다.")]
    [InlineData("/deadletters/1", "이 ID의 실패한 이벤트가 없습니다. 그사이 처리되었거나 처음부터 없었습니다.")]
    public async Task WhatIsNotThere_IsSaidInTheCallersLanguage(string path, string detail)
    {
        var (status, problem) = await payment.GetAsync(path, "ko");

        Assert.Equal((HttpStatusCode.NotFound, detail), (status, problem.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Payment_KeptInFull_StaysCompletedAndShowsThatNothingGoesBack()
    {
        var story = stories[0];
        await payment.ChargeAsync(story);
        Assert.False((await payment.GetAsync($"/payments/{story.Number}")).Body.TryGetProperty("refundDue", out _));

        await registration.SendAsync([(story.Confirmed(), 1), (story.Cancelled(refundDue: 0), 2)]);
        await payment.Database.AppliedAsync("registrations", 2, story.RegistrationId);

        var (_, kept) = await payment.GetAsync($"/payments/{story.TypedNumber}");
        Assert.Equal(("COMPLETED", 0, 0, false), (kept.GetProperty("status").GetString(), kept.GetProperty("refundDue").GetInt32(),
            kept.GetProperty("refunded").GetInt32(), kept.TryGetProperty("nextAttemptAt", out _)));
        Assert.Equal(["1 payment-completed"], await payment.Database.ToldAsync(story.RegistrationId));
    }

    [Fact]
    public async Task Meters_WhileARefundIsDue_CountItAndItsAge()
    {
        var story = stories[0];
        var due = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == "Marathon.Payment" && instrument.Meter.Scope == payment.Services.GetService(typeof(IMeterFactory))) listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        await payment.ChargeAsync(story, "tok_refund_fails");
        // Frozen, so that it stays due while it is looked at.
        await payment.Database.ExecuteAsync("UPDATE payments SET status = 'REFUND_DUE', refund_amount = amount, due_at = now() + interval '1 hour', changed_at = now() - interval '90 seconds'");

        await Eventually.TrueAsync(() =>
        {
            listener.RecordObservableInstruments();
            return Task.FromResult(due.GetValueOrDefault("marathon.payment.refunds.due refund") == 1 && due.GetValueOrDefault("marathon.payment.refunds.oldest refund") >= 90
                && due.GetValueOrDefault("marathon.payment.refunds.due reversal", -1) == 0);
        });

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (instrument.Name.StartsWith("marathon.payment.refunds", StringComparison.Ordinal)) due[$"{instrument.Name} {tags[0].Value}"] = value;
        }
    }
}
