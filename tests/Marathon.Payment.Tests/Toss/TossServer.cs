using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marathon.Payments.Tests.Toss;

/// <summary>
/// Toss Payments as its public documentation describes it (docs.tosspayments.com: reference, error codes, idempotency), over real HTTP: Basic
/// authentication with the secret key and a colon, a first answer repeated for every repeat of an idempotency key, errors included, 409 while the first
/// is still being worked on, partial cancellations that are refused when what is left is not what the caller believes.
/// </summary>
internal sealed class TossServer : IAsyncDisposable
{
    public const string SecretKey = "test_gsk_for_the_tests_only";

    private static readonly TimeSpan Seoul = TimeSpan.FromHours(9);

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Payment> payments = new();
    private readonly ConcurrentDictionary<string, Task<Reply>> answered = new();
    private readonly ConcurrentQueue<Fault> faults = new();

    private TossServer(WebApplication app) => this.app = app;

    /// <summary>What happens to one request instead of, or besides, what should.</summary>
    /// <param name="Call"><c>confirm</c>, <c>cancel</c> or <c>find</c>.</param>
    /// <param name="Status">Of the error; 0: none is sent, the connection stays silent until the caller leaves.</param>
    /// <param name="Code">Of the error.</param>
    /// <param name="Done">It is carried out before.</param>
    public sealed record Fault(string Call, int Status, string Code = "", bool Done = false);

    public sealed record Cancel(long Amount, string IdempotencyKey);

    public sealed class Payment(string paymentKey, string orderId, long amount)
    {
        public string PaymentKey { get; } = paymentKey;

        public string OrderId { get; } = orderId;

        public long TotalAmount { get; } = amount;

        public long BalanceAmount => TotalAmount - Cancels.Sum(cancel => cancel.Amount);

        public string Status { get; set; } = "IN_PROGRESS";

        public DateTimeOffset? ApprovedAt { get; set; }

        public string? Failure { get; set; }

        public bool ByTransfer { get; init; }

        /// <summary>Every time that money went back: twice for one registration is the bug that is looked for.</summary>
        public List<Cancel> Cancels { get; } = [];

        /// <summary>Every time that money was taken.</summary>
        public int Captures { get; set; }
    }

    private sealed record Reply(int Status, object Body);

    public string Address => app.Urls.First();

    /// <summary>Requests that arrived, by call, with their idempotency keys.</summary>
    public ConcurrentQueue<(string Call, string IdempotencyKey)> Requests { get; } = [];

    public static async Task<TossServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new TossServer(builder.Build());
        server.Map();
        await server.app.StartAsync();
        return server;
    }

    /// <summary>The runner agreed to pay in Toss's window; the page gets this.</summary>
    public Payment Authorise(string orderId, long amount, bool byTransfer = false) =>
        payments.AddOrUpdate("tviva" + Guid.NewGuid().ToString("N"), key => new Payment(key, orderId, amount) { ByTransfer = byTransfer }, (_, _) => throw new InvalidOperationException());

    public void Fail(params ReadOnlySpan<Fault> next)
    {
        foreach (var fault in next) faults.Enqueue(fault);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void Map()
    {
        app.Use(async (context, next) =>
        {
            var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(SecretKey + ":"));
            var given = context.Request.Headers.Authorization.ToString();
            if (given == expected) await next(context);
            else await SendAsync(context, given.StartsWith("Basic ", StringComparison.Ordinal) && !Decoded(given).EndsWith(':')
                ? Error(403, "INCORRECT_BASIC_AUTH_FORMAT") : Error(401, "UNAUTHORIZED_KEY"));
        });
        app.MapPost("/v1/payments/confirm", context => PostAsync(context, "confirm", body => Confirm(
            body.GetProperty("paymentKey").GetString()!, body.GetProperty("orderId").GetString()!, body.GetProperty("amount").GetInt64())));
        app.MapPost("/v1/payments/{paymentKey}/cancel", context => PostAsync(context, "cancel", body => CancelOf(
            (string)context.Request.RouteValues["paymentKey"]!, body, context.Request.Headers["Idempotency-Key"].ToString())));
        app.MapGet("/v1/payments/{paymentKey}", async context =>
        {
            Requests.Enqueue(("find", ""));
            if (Next("find") is { } fault) await FailAsync(context, fault);
            else await SendAsync(context, payments.TryGetValue((string)context.Request.RouteValues["paymentKey"]!, out var payment) ? Ok(payment) : Error(404, "NOT_FOUND_PAYMENT"));
        });
    }

    /// <summary>Idempotent by key, address and method, as documented.</summary>
    private async Task PostAsync(HttpContext context, string call, Func<JsonElement, Reply> carryOut)
    {
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        Requests.Enqueue((call, key));
        var body = await context.Request.ReadFromJsonAsync<JsonElement>();
        if (key.Length is 0 or > 300)
        {
            await SendAsync(context, Error(400, "INVALID_IDEMPOTENCY_KEY"));
            return;
        }
        var own = new TaskCompletionSource<Reply>();
        var first = answered.GetOrAdd(context.Request.Path + key, own.Task);
        if (first != own.Task)
        {
            await SendAsync(context, first.IsCompleted ? await first : Error(409, "IDEMPOTENT_REQUEST_PROCESSING"));
            return;
        }
        var fault = Next(call);
        Reply reply;
        // One request of the world at a time: the bank's ledger is the arbiter.
        lock (payments) reply = fault is { Done: false } ? Error(fault.Status, fault.Code) : carryOut(body);
        if (fault is { Status: 0, Done: false })
        {
            // Lost on the way in: Toss never saw it.
            answered.TryRemove(context.Request.Path + key, out _);
        }
        else own.SetResult(fault is { Status: > 0 } ? Error(fault.Status, fault.Code) : reply);
        if (fault is null) await SendAsync(context, reply);
        else await FailAsync(context, fault);
    }

    private Reply Confirm(string paymentKey, string orderId, long amount)
    {
        if (!payments.TryGetValue(paymentKey, out var payment)) return Error(404, "NOT_FOUND_PAYMENT_SESSION");
        if (payment.Status is not "IN_PROGRESS") return Error(400, "ALREADY_PROCESSED_PAYMENT");
        if (payment.OrderId != orderId || payment.TotalAmount != amount) return Error(400, "INVALID_REQUEST");
        if (payment.Failure is { } failure)
        {
            payment.Status = "ABORTED";
            return Error(403, failure);
        }
        payment.Status = payment.ByTransfer ? "WAITING_FOR_DEPOSIT" : "DONE";
        if (payment.ByTransfer) return Ok(payment);
        payment.Captures++;
        payment.ApprovedAt = DateTimeOffset.UtcNow;
        return Ok(payment);
    }

    private Reply CancelOf(string paymentKey, JsonElement body, string idempotencyKey)
    {
        if (!payments.TryGetValue(paymentKey, out var payment)) return Error(404, "NOT_FOUND_PAYMENT");
        if (body.GetProperty("cancelReason").GetString() is not { Length: > 0 and <= 200 }) return Error(400, "INVALID_REQUEST");
        if (payment.Status is "CANCELED") return Error(400, "ALREADY_CANCELED_PAYMENT");
        if (payment.Status is not ("DONE" or "PARTIAL_CANCELED" or "WAITING_FOR_DEPOSIT")) return Error(403, "NOT_CANCELABLE_PAYMENT");
        if (body.TryGetProperty("refundableAmount", out var refundable) && refundable.GetInt64() != payment.BalanceAmount) return Error(400, "NOT_MATCHES_REFUNDABLE_AMOUNT");
        var amount = body.TryGetProperty("cancelAmount", out var asked) ? asked.GetInt64() : payment.BalanceAmount;
        if (amount <= 0 || amount > payment.BalanceAmount) return Error(403, "NOT_CANCELABLE_AMOUNT");
        payment.Cancels.Add(new Cancel(amount, idempotencyKey));
        payment.Status = payment.BalanceAmount == 0 ? "CANCELED" : "PARTIAL_CANCELED";
        return Ok(payment);
    }

    private Fault? Next(string call) => faults.TryPeek(out var next) && next.Call == call && faults.TryDequeue(out next) ? next : null;

    private static async Task FailAsync(HttpContext context, Fault fault)
    {
        if (fault.Status > 0) await SendAsync(context, Error(fault.Status, fault.Code));
        else
        {
            // Silent until the caller has had enough.
            var left = new TaskCompletionSource();
            await using var leaving = context.RequestAborted.Register(left.SetResult);
            await left.Task;
        }
    }

    private static Task SendAsync(HttpContext context, Reply reply)
    {
        context.Response.StatusCode = reply.Status;
        // A page instead of an answer, as a proxy in between sends it.
        return reply.Body is string page ? context.Response.WriteAsync(page) : context.Response.WriteAsJsonAsync(reply.Body);
    }

    private static Reply Ok(Payment payment) => new((int)HttpStatusCode.OK, new
    {
        mId = "tosspayments", version = "2022-11-16", payment.PaymentKey, payment.OrderId, orderName = "Seoul Marathon 10K", payment.Status, currency = "KRW",
        payment.TotalAmount, payment.BalanceAmount, approvedAt = payment.ApprovedAt?.ToOffset(Seoul).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture), failure = payment.Failure is { } code ? new { code, message = "거절되었습니다." } : null,
        cancels = payment.Cancels.Select(cancel => new { cancelAmount = cancel.Amount, cancelStatus = "DONE" }).ToArray(), method = "카드",
    });

    private static Reply Error(int status, string code) =>
        new(status, code.Length > 0 ? new { code, message = "홍길동님의 결제를 처리하지 못했습니다." } : "<html>Bad Gateway</html>");

    private static string Decoded(string basic)
    {
        try { return Encoding.UTF8.GetString(Convert.FromBase64String(basic["Basic ".Length..])); }
        catch (FormatException) { return ""; }
    }
}
