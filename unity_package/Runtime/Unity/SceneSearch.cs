using UnityEngine;

namespace AvatarBridge
{
    /// <summary>Finds components of the loaded scenes by whichever name the engine has for it.</summary>
    internal static class SceneSearch
    {
#if UNITY_2023_1_OR_NEWER
        public static T First<T>() where T : Object => Object.FindFirstObjectByType<T>();

        public static T[] All<T>() where T : Object => Object.FindObjectsByType<T>(FindObjectsSortMode.None);
#else
        public static T First<T>() where T : Object => Object.FindObjectOfType<T>();

        public static T[] All<T>() where T : Object => Object.FindObjectsOfType<T>();
#endif
    }
}
