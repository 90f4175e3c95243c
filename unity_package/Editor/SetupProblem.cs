using System;

namespace AvatarBridge.Editing
{
    internal enum Severity { Note, Warning, Error }

    /// <summary>Something of the scene that keeps an avatar from moving, and what mends it.</summary>
    internal sealed class SetupProblem
    {
        public readonly Severity Severity;
        public readonly string Text;
        /// <summary>What the fix button does; null where only a person can decide.</summary>
        public readonly Action Fix;
        public readonly UnityEngine.Object Context;

        public SetupProblem(Severity severity, string text, UnityEngine.Object context = null, Action fix = null)
        {
            Severity = severity;
            Text = text;
            Context = context;
            Fix = fix;
        }
    }
}
