using System.Reflection;
using System.Reflection.Emit;

namespace Marathon.Testing;

/// <summary>
/// Holds a service to its layers: Domain knows nothing but itself, Application knows Domain, Adapters know both. Reads what the compiler made of
/// it (signatures, attributes and every instruction of every method), so that no way of writing a name hides a dependency.
/// </summary>
public static class Layers
{
    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Every dependency that points outwards, as <c>type → type</c>.</summary>
    /// <param name="service">What to look at.</param>
    /// <param name="root">The namespace of its layers.</param>
    /// <param name="applicationMayUse">Namespaces that this service's Application may name besides the language's own.</param>
    public static IReadOnlyList<string> Violations(Assembly service, string root, params IReadOnlyList<string> applicationMayUse) =>
    [
        .. from type in service.GetTypes()
           let layer = LayerOf(type.Namespace, root)
           where layer is "Domain" or "Application"
           from used in TypesUsedBy(type).Select(Plain).Distinct()
           where !Allowed(layer, used, root, applicationMayUse)
           select $"{type.FullName} → {used.FullName}",
    ];

    private static bool Allowed(string layer, Type used, string root, IReadOnlyList<string> applicationMayUse) => LayerOf(used.Namespace, root) switch
    {
        "Domain" => true,
        "Application" => layer == "Application",
        "Adapters" => false,
        // Not of this service: the language's own library for both, and the values that services share; plus logging for Application. No I/O anywhere.
        _ => used.Namespace is null || used.IsGenericParameter || IsCore(used.Namespace) || used.Namespace == "Marathon.ServiceDefaults.Values"
            || (layer == "Application" && (used.Namespace is "Microsoft.Extensions.Logging" || applicationMayUse.Contains(used.Namespace))),
    };

    private static bool IsCore(string name) => (name == "System" || name.StartsWith("System.", StringComparison.Ordinal))
        && !name.StartsWith("System.IO", StringComparison.Ordinal) && !name.StartsWith("System.Net", StringComparison.Ordinal) && !name.StartsWith("System.Data", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) || name == "Microsoft.CSharp";

    private static string? LayerOf(string? name, string root) =>
        name is null || !name.StartsWith(root + ".", StringComparison.Ordinal) ? null : name[(root.Length + 1)..].Split('.')[0];

    private static Type Plain(Type type)
    {
        while (type.HasElementType) type = type.GetElementType()!;
        return type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericTypeDefinition() : type;
    }

    private static IEnumerable<Type> TypesUsedBy(Type type)
    {
        var members = type.GetMembers(All);
        return new[] { type.BaseType }.Concat(type.GetInterfaces())
            .Concat(type.GetCustomAttributesData().Concat(members.SelectMany(member => member.GetCustomAttributesData())).Select(attribute => attribute.AttributeType))
            .Concat(members.SelectMany(TypesUsedBy))
            .OfType<Type>().SelectMany(Parts);
    }

    private static IEnumerable<Type> Parts(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];

    private static IEnumerable<Type?> TypesUsedBy(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType],
        EventInfo happening => [happening.EventHandlerType],
        MethodBase method => method.GetParameters().Select(parameter => parameter.ParameterType)
            .Append((method as MethodInfo)?.ReturnType).Concat(TypesInBody(method)),
        _ => [],
    };

    private static IEnumerable<Type?> TypesInBody(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body) yield break;
        foreach (var local in body.LocalVariables) yield return local.LocalType;
        foreach (var clause in body.ExceptionHandlingClauses)
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause) yield return clause.CatchType;
        var code = body.GetILAsByteArray()!;
        for (var at = 0; at < code.Length;)
        {
            var opcode = OpCodes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += opcode.Size;
            if (opcode.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                var used = method.Module.ResolveMember(BitConverter.ToInt32(code, at),
                    method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
                yield return used as Type ?? used?.DeclaringType;
                if (used is MethodInfo call) yield return call.ReturnType;
            }
            at += opcode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
