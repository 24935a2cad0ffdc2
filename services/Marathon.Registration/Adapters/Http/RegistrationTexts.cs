using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Http;

namespace Marathon.Registration.Adapters.Http;

/// <summary>What the runner reads, in Korean and English.</summary>
internal static class RegistrationTexts
{
    public static string Of(RegistrationStatus status, string language) => (status, language) switch
    {
        (RegistrationStatus.Registered, Languages.English) => "You are registered. Keep the access key: it opens your page.",
        (RegistrationStatus.Registered, _) => "참가 신청이 완료되었습니다. 접근 키를 보관해 주세요. 마이페이지를 여는 열쇠입니다.",
        (RegistrationStatus.Held, Languages.English) => "Payment is taking longer than usual. Your place is kept; look again in a moment.",
        (RegistrationStatus.Held, _) => "결제가 지연되고 있습니다. 자리는 확보되어 있으니 잠시 후 다시 확인해 주세요.",
        (RegistrationStatus.Declined, Languages.English) => "The payment was declined and the place was released. Try again with another means of payment.",
        (RegistrationStatus.Declined, _) => "결제가 거절되어 자리를 반납했습니다. 다른 결제 수단으로 다시 시도해 주세요.",
        (RegistrationStatus.Expired, Languages.English) => "No payment arrived in time and the place was released. Nothing was charged.",
        (RegistrationStatus.Expired, _) => "제시간에 결제되지 않아 자리를 반납했습니다. 청구된 금액은 없습니다.",
        (RegistrationStatus.Cancelled, Languages.English) => "The registration is cancelled.",
        (RegistrationStatus.Cancelled, _) => "참가 신청이 취소되었습니다.",
        _ => "",
    };

    public static string Of(Rejection reason, string language) => (reason, language) switch
    {
        (Rejection.RaceFull, Languages.English) => "No place is left. Places that are given back appear in GET /races.",
        (Rejection.RaceFull, _) => "남은 자리가 없습니다. 취소된 자리는 GET /races 에 다시 나타납니다.",
        (Rejection.RaceNotOpen, Languages.English) => "This race is not open for registration now.",
        (Rejection.RaceNotOpen, _) => "지금은 이 대회의 접수 기간이 아닙니다.",
        (Rejection.AlreadyRegistered, Languages.English) => "This name and phone number are registered for this race already.",
        (Rejection.AlreadyRegistered, _) => "같은 이름과 전화번호로 이미 신청되어 있습니다.",
        _ => "",
    };

    public static string AlreadyDispatched(string language) => language == Languages.English
        ? "Your kit has been sent or picked up already, so sizes, address and phone number can no longer be changed here. Ask the organiser."
        : "기념품이 이미 발송되었거나 수령되어 사이즈, 주소, 전화번호를 더 이상 변경할 수 없습니다. 주최 측에 문의해 주세요.";

    public static string Erased(string language) => language == Languages.English
        ? "Your name, phone number and address are erased."
        : "이름, 전화번호, 주소가 삭제되었습니다.";

    /// <summary>Why nothing can be changed or cancelled any more. One that is registered is not active only because its person was erased.</summary>
    public static string NotActive(RegistrationStatus status, string language) => status == RegistrationStatus.Registered ? Erased(language) : Of(status, language);

    public static string NotErasable(string language) => language == Languages.English
        ? "This registration still stands, and we need your details for it. Cancel it first; then erase them."
        : "아직 유효한 신청이라 개인정보가 필요합니다. 먼저 신청을 취소한 뒤 삭제해 주세요.";

    public static string Overloaded(string language) => language == Languages.English
        ? "Very many people are registering right now. Nothing was charged for this request; try again in a few seconds."
        : "지금 신청이 몰리고 있습니다. 이번 요청으로 청구된 금액은 없으니 몇 초 뒤 다시 시도해 주세요.";

    public static string Unsettled(string language) => language == Languages.English
        ? "What you sent is still being settled. Try again in a few seconds. Under the same Idempotency-Key nobody is registered or charged twice; without one it is another request."
        : "보낸 신청을 아직 처리하고 있습니다. 몇 초 뒤 다시 시도해 주세요. 같은 Idempotency-Key로 보내면 두 번 접수되거나 청구되지 않지만, 키가 없으면 다른 신청으로 처리됩니다.";

    /// <summary>What is said under the key of a hold that has ended.</summary>
    public static string HoldExpired(string language) => Of(RegistrationStatus.Expired, language) + (language == Languages.English
        ? " Under this Idempotency-Key it stays so: to register, use a new key."
        : " 같은 Idempotency-Key로는 다시 신청되지 않으니 새 키를 사용해 주세요.");
}
