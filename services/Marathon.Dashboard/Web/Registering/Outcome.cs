using Marathon.Web;

namespace Marathon.Dashboard.Web.Registering;

/// <summary>What became of a form that did not lead to a place, as the form tells it.</summary>
/// <param name="Status">Of the answer.</param>
/// <param name="Kind">Of the notice.</param>
/// <param name="Title">What happened.</param>
/// <param name="Text">What can be done about it.</param>
/// <param name="KeepsKey">Whether the same form may be sent under the same key: nothing was decided, or nobody knows.</param>
public sealed record Outcome(int Status, string? Kind = null, string? Title = null, string? Text = null, bool KeepsKey = true)
{
    /// <summary>What is wrong with each field.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>();

    /// <summary>Seconds after which it is worth sending again: the page counts them down and does it.</summary>
    public int? RetryIn { get; init; }

    /// <summary>A registration of theirs may be there already.</summary>
    public bool MayBeRegistered { get; init; }

    /// <summary>The form was only opened.</summary>
    public static Outcome None { get; } = new(StatusCodes.Status200OK);

    /// <param name="answer">Registration's.</param>
    /// <param name="words">In which it is told.</param>
    /// <param name="isOpening">Whether the race is: then nobody need press again because Registration was a moment late.</param>
    internal static Outcome Of(Reply answer, Words words, bool isOpening = false) => answer switch
    {
        { Status: 422, Errors.Count: > 0 } when answer.Errors.ContainsKey("amount") => new(422, "bad", words.FeeChanged, words.FeeChangedWhat) { Errors = answer.Errors },
        { Status: 422 } => new(422, "bad", words.SomethingWrong) { Errors = answer.Errors },
        { Status: 402 } => new(402, "bad", words.Declined, words.DeclinedWhat, KeepsKey: false),
        { Code: "hold-expired" } => new(409, "wait", words.HoldEnded, words.HoldEndedWhat, KeepsKey: false),
        { Code: "race-full" } => new(409, "bad", words.Full, words.FullWhat, KeepsKey: false),
        { Code: "race-not-open" } when isOpening => new(409, "wait", words.OpensNow, words.OpensNowWhat) { RetryIn = 1 },
        { Code: "race-not-open" } => new(409, "wait", words.NotOpen, words.NotOpenWhat),
        { Code: "already-registered" } => new(409, "wait", words.Already, words.AlreadyWhat, KeepsKey: false) { MayBeRegistered = true },
        { Code: "idempotency-key-reused" } => new(409, "wait", words.SentBefore, words.SentBeforeWhat, KeepsKey: false) { MayBeRegistered = true },
        { Status: 409 } => new(409, "wait", answer.Detail ?? words.TryAgain, KeepsKey: false),
        { Status: 503, Code: "overloaded" } => new(503, "wait", words.Crowded, words.CrowdedWhat) { RetryIn = Seconds(answer) },
        { Status: >= 500 } => new(503, "wait", words.NoAnswer, words.NoAnswerWhat) { RetryIn = Seconds(answer) },
        _ => new(answer.Status, "bad", answer.Detail ?? words.TryAgain),
    };

    private static int Seconds(Reply answer) => (int)Math.Clamp(answer.RetryAfter?.TotalSeconds ?? 3, 1, 30);
}
