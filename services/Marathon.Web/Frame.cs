using Marathon.ServiceDefaults.Http;

namespace Marathon.Web;

/// <summary>What stands around every page.</summary>
internal sealed record Frame
{
    public required string Skip { get; init; }
    public required string Sections { get; init; }
    public required string Races { get; init; }
    public required string Mine { get; init; }
    public required string Other { get; init; }
    public required string OtherLanguage { get; init; }
    public required string Times { get; init; }
    public required string Organisers { get; init; }
    public required string Programs { get; init; }

    /// <summary>For what scripts say; they read it from the page.</summary>
    public required string Sending { get; init; }

    public static Frame In(string language) => language == Languages.Korean ? Korean : English;

    private static readonly Frame Korean = new()
    {
        Skip = "본문으로 건너뛰기", Sections = "주요 메뉴", Races = "대회", Mine = "내 접수", Other = "English", OtherLanguage = Languages.English,
        Times = "모든 시각은 한국 시각입니다.", Organisers = "주최자", Programs = "API", Sending = "보내는 중…",
    };

    private static readonly Frame English = new()
    {
        Skip = "Skip to the content", Sections = "Main menu", Races = "Races", Mine = "My registrations", Other = "한국어", OtherLanguage = Languages.Korean,
        Times = "All times are Korean time.", Organisers = "Organisers", Programs = "API", Sending = "Sending…",
    };
}
