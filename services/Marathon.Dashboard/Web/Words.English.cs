namespace Marathon.Dashboard.Web;

internal sealed partial record Words
{
    private static readonly Words English = new()
    {
        TryAgain = "This cannot be done just now. Try again in a moment.",
        Missing = "is required",
        PhoneNo = "Phone number",
        PhoneNoHint = "Like 010-1234-5678 or +82 10 1234 5678",
        NoPhoneNo = "is not a phone number: write it like 010-1234-5678",
        Number = "Registration number",

        Mine = "My registrations",
        NotOpenedHere = "This registration has not been opened in this browser",
        NotOpenedHereWhy = "So that nobody else reads it, open it in one of these ways.",
        LinkSent = "Look at your phone",
        LinkSentWhat = "If there are registrations with this number, their links are on their way by SMS. Each opens once, within 30 minutes.",
        OpenedHere = "Opened in this browser",
        Forget = "Close them all in this browser",
        ByPhone = "Get a link by SMS",
        ByPhoneHow = "We send a link that opens your registration to the phone number you registered with.",
        SendLink = "Send the link",
        ByKey = "Open with number and key",
        ByKeyHow = "For those who registered with another program and have its access key.",
        NumberHint = "Like M-7K3F-9QX2",
        AccessKey = "Access key",
        OpenRegistration = "Open my registration",
        WrongKey = "There is nothing under this number and key",
    };
}
