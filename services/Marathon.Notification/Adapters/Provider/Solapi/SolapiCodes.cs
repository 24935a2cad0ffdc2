namespace Marathon.Notification.Adapters.Provider.Solapi;

/// <summary>
/// Solapi's status codes in our words: 2000 is taken, 3000 is at the operator, 4000 has arrived, and every other code is a failure, those that begin with 1 of
/// messages that were never taken.
/// </summary>
internal static class SolapiCodes
{
    private const string Taken = "2000", AtTheOperator = "3000", Arrived = "4000";

    /// <summary>Whether nothing more is to be said of the message.</summary>
    public static bool IsSettled(string? code) => code is not (null or "" or Taken or AtTheOperator);

    /// <summary>Why a message that is settled has failed; null: it has arrived.</summary>
    public static string? Failure(string? code) => code switch
    {
        Arrived => null,
        ['1', ..] => "refused",
        _ => "undeliverable",
    };

    /// <summary>Whether a message that was not taken may be another time, when whoever runs the account has mended something: no money, no registered sender.</summary>
    public static bool MayPass(string? code) => code is "1030" or "1062";

    /// <summary>Whether the account is at fault, whatever the messages are.</summary>
    public static bool IsOurs(string errorCode) => errorCode is "InvalidApiKey" or "NotEnoughBalance" or "SignatureDoesNotMatch" or "RequestTimeTooSkewed" or "Unauthorized" or "Forbidden";
}
