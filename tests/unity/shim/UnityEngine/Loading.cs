using System;

namespace UnityEngine
{
    public enum RuntimeInitializeLoadType { AfterSceneLoad, BeforeSceneLoad, AfterAssembliesLoaded, BeforeSplashScreen, SubsystemRegistration }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class RuntimeInitializeOnLoadMethodAttribute : Attribute
    {
        public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType) { }
    }

    public struct Keyframe
    {
        public float time, value;

        public Keyframe(float time, float value)
        {
            this.time = time;
            this.value = value;
        }
    }

    public sealed class AnimationCurve
    {
        public AnimationCurve(params Keyframe[] keys) => this.keys = keys;
        public Keyframe[] keys { get; set; }
    }

    public sealed class AnimationClip : Object
    {
        public float frameRate { get; set; }
    }
}
