using System.Globalization;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Values;

namespace Marathon.Web;

/// <summary>How days, instants and sums are written. Instants are told in <see cref="Korea"/>'s time.</summary>
public static class Written
{
    private static readonly string[] KoreanDays = ["일", "월", "화", "수", "목", "금", "토"];

    /// <summary><c>2027년 5월 20일 (목)</c>, <c>Thu, 20 May 2027</c></summary>
    public static string Day(string language, DateOnly day) => IsKorean(language)
        ? FormattableString.Invariant($"{day.Year}년 {day.Month}월 {day.Day}일 ({KoreanDays[(int)day.DayOfWeek]})")
        : day.ToString("ddd, d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary><c>5월 20일 (목) 09:30</c>, <c>Thu, 20 May, 09:30</c>; the year only when it is another one than <paramref name="now"/>'s.</summary>
    public static string Instant(string language, DateTimeOffset instant, DateTimeOffset now)
    {
        var (there, today) = (Korea.There(instant), Korea.There(now));
        var isThisYear = there.Year == today.Year;
        if (!IsKorean(language)) return there.ToString(isThisYear ? "ddd, d MMM, HH:mm" : "ddd, d MMM yyyy, HH:mm", CultureInfo.InvariantCulture);
        var year = isThisYear ? "" : FormattableString.Invariant($"{there.Year}년 ");
        return FormattableString.Invariant($"{year}{there.Month}월 {there.Day}일 ({KoreanDays[(int)there.DayOfWeek]}) {there:HH:mm}");
    }

    /// <summary>For <c>datetime</c> attributes and scripts.</summary>
    public static string Machine(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary><c>20,000원</c>, <c>₩20,000</c>; of another currency <c>20,000 USD</c>.</summary>
    public static string Money(string language, long amount, string? currency) => (currency ?? "KRW", IsKorean(language)) switch
    {
        ("KRW", true) => Number(amount) + "원",
        ("KRW", false) => "₩" + Number(amount),
        var (other, _) => $"{Number(amount)} {other}",
    };

    /// <summary><c>1,234</c></summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Whether <paramref name="language"/> is Korean; else it is English.</summary>
    public static bool IsKorean(string language) => language == Languages.Korean;
}
