using System.Collections.Generic;
using System.Text;

namespace AvatarBridge
{
    /// <summary>
    /// Brings the many spellings of expressions to one: ARKit's and VRM 1.0's names in lower case,
    /// such as "eyeblinkleft", "aa", "happy".
    /// </summary>
    internal static class ShapeNames
    {
        const char PathSeparator = '.'; // as in "Face.M_F00_000.Fcl_MTH_A"

        /// <summary>Apple's 52 blendshape locations, lower case.</summary>
        public static readonly HashSet<string> Arkit = new HashSet<string>(Words(
            "browdownleft browdownright browinnerup browouterupleft browouterupright cheekpuff " +
            "cheeksquintleft cheeksquintright eyeblinkleft eyeblinkright eyelookdownleft eyelookdownright " +
            "eyelookinleft eyelookinright eyelookoutleft eyelookoutright eyelookupleft eyelookupright " +
            "eyesquintleft eyesquintright eyewideleft eyewideright jawforward jawleft jawopen jawright " +
            "mouthclose mouthdimpleleft mouthdimpleright mouthfrownleft mouthfrownright mouthfunnel mouthleft " +
            "mouthlowerdownleft mouthlowerdownright mouthpressleft mouthpressright mouthpucker mouthright " +
            "mouthrolllower mouthrollupper mouthshruglower mouthshrugupper mouthsmileleft mouthsmileright " +
            "mouthstretchleft mouthstretchright mouthupperupleft mouthupperupright nosesneerleft nosesneerright " +
            "tongueout"));

        /// <summary>The VRM 1.0 presets, lower case.</summary>
        public static readonly HashSet<string> Presets = new HashSet<string>(Words(
            "happy angry sad relaxed surprised aa ih ou ee oh blink blinkleft blinkright " +
            "lookup lookdown lookleft lookright neutral"));

        // Other names of presets: VRM 0.x, VRChat's visemes, VRoid's and MikuMikuDance's shapes.
        static readonly Dictionary<string, string> Aliases = new Dictionary<string, string>
        {
            { "joy", "happy" }, { "sorrow", "sad" }, { "fun", "relaxed" },
            { "a", "aa" }, { "i", "ih" }, { "u", "ou" }, { "e", "ee" }, { "o", "oh" },
            { "blinkl", "blinkleft" }, { "blinkr", "blinkright" },
            { "va", "aa" }, { "vih", "ih" }, { "vou", "ou" }, { "ve", "ee" }, { "voh", "oh" }, { "vaa", "aa" },
            { "fclmtha", "aa" }, { "fclmthi", "ih" }, { "fclmthu", "ou" }, { "fclmthe", "ee" }, { "fclmtho", "oh" },
            { "fcleyeclose", "blink" }, { "fcleyeclosel", "blinkleft" }, { "fcleyecloser", "blinkright" },
            { "fclalljoy", "happy" }, { "fclallangry", "angry" }, { "fclallsorrow", "sad" },
            { "fclallfun", "relaxed" }, { "fclallsurprised", "surprised" },
            { "あ", "aa" }, { "い", "ih" }, { "う", "ou" }, { "え", "ee" }, { "お", "oh" }, { "まばたき", "blink" },
        };

        /// <summary>The common name of what a sender sends or an avatar offers; null when it has none.</summary>
        public static string Common(string name)
        {
            for (var start = 0; start >= 0; start = name.IndexOf(PathSeparator, start) + 1)
            {
                var plain = Plain(name, start);
                var common = FromPlain(plain);
                if (common != null) return common;
                if (name.IndexOf(PathSeparator, start) < 0) break;
            }
            return null;
        }

        /// <summary>Lower case without separators, for comparing names that are in no table.</summary>
        public static string Plain(string name, int start = 0)
        {
            var text = new StringBuilder();
            for (var i = start; i < name.Length; i++)
                if (char.IsLetterOrDigit(name[i])) text.Append(char.ToLowerInvariant(name[i]));
            return text.ToString();
        }

        static string FromPlain(string plain)
        {
            if (Arkit.Contains(plain) || Presets.Contains(plain)) return plain;
            if (Aliases.TryGetValue(plain, out var preset)) return preset;
            // eyeBlink_L and eyeBlink_R, as several tools export ARKit's shapes.
            if (plain.EndsWith("l", System.StringComparison.Ordinal)
                && Arkit.Contains(plain.Substring(0, plain.Length - 1) + "left"))
                return plain.Substring(0, plain.Length - 1) + "left";
            if (plain.EndsWith("r", System.StringComparison.Ordinal)
                && Arkit.Contains(plain.Substring(0, plain.Length - 1) + "right"))
                return plain.Substring(0, plain.Length - 1) + "right";
            return null;
        }

        static string[] Words(string text) => text.Split(' ');
    }
}
