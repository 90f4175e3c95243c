using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public static class Time
    {
        public static float deltaTime { get; set; } = 1 / 60f;
        public static float unscaledDeltaTime => deltaTime;
        public static float time { get; set; }
        public static float realtimeSinceStartup => time;
    }

    public static class Debug
    {
        public static readonly List<string> Lines = new List<string>();
        public static void Log(object message) => Lines.Add("log " + message);
        public static void LogWarning(object message) => Lines.Add("warning " + message);
        public static void LogWarning(object message, Object context) => LogWarning(message);
        public static void LogError(object message) => Lines.Add("error " + message);
    }

    public static class Application
    {
        public static bool isPlaying { get; set; } = true;
        public static bool runInBackground { get; set; }
        public static int targetFrameRate { get; set; }
    }
}

namespace UnityEngine.Events
{
    public delegate void UnityAction();

    [Serializable]
    public class UnityEvent
    {
        readonly List<UnityAction> _actions = new List<UnityAction>();
        public void AddListener(UnityAction action) => _actions.Add(action);
        public void RemoveListener(UnityAction action) => _actions.Remove(action);
        public void Invoke() => _actions.ForEach(action => action());
    }
}
