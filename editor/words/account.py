"""What staff read about accounts and signing in; editor.words has the rest, and puts both together."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule, or of a refusal."""
    return {
        "own_address_unknown": t(
            "No link can be made yet, because the address of the desk is not known. Ask those who run Brobygger to set"
            " BROBYGGER_PUBLIC_URL."
        ),
        "wrong_password": t("The password is wrong. Nothing was changed."),
        "code_not_right": t("The code does not fit. Wait for the next one, and check the clock of your telephone."),
        "second_factor_is_on": t("The second step is turned on already. Turn it off to set up another telephone."),
        "no_second_factor": t("The second step is not turned on."),
        "sign_in_again": t("Please sign out and in again first. You then have ten minutes for this change."),
        "no_other_way_in": t("Choose a password first. Without one you could not sign in any more."),
        "unknown_identity": t(
            "Nobody here is connected to this sign-in. Sign in with your password, and connect it on the page of your"
            " account."
        ),
        "not_vouched_for": t("We could not make sure who you are. Nothing was changed. Please try again."),
        "key_not_known": t("We could not make sure who you are. Nothing was changed. Please try again later."),
        "provider_away": t(
            "The other sign-in service does not answer as it should. Sign in with your password, or try again later."
        ),
        "password_too_short": t("Please choose a longer password, at least 12 characters."),
        "password_too_long": t("Please choose a shorter password, at most 256 characters."),
        "password_common": t("Please choose a password that is harder to guess: this one is like many others."),
        "password_is_name_or_email": t("Please choose a password that is not your name or e-mail address."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "details_changed": t("Your name and language are saved."),
        "password_changed": t("Your password is changed. All other browsers are signed out."),
        "second_factor_off": t("The second step is turned off. Your password alone opens the account now."),
        "session_ended": t("That browser is signed out."),
        "other_sessions_ended": t("All other browsers are signed out."),
        "identity_linked": t("Connected. You can sign in that way from now on."),
        "identity_unlinked": t("No longer connected. Sign in with your password from now on."),
        "roles_changed": t("The roles are saved. They count at once."),
        "deactivated": t("This person has no access any more and is signed out everywhere."),
        "reactivated": t("This person has access again."),
        "invitation_taken_back": t("The link is taken back. It does not work any more."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """Lines of the timeline."""
    return {
        "logged_in": t("signed in"),
        "log_in_refused": t("could not sign in"),
        "proof_refused": t("gave a wrong password or code on the page of the account"),
        "staff_invited": t("somebody was invited"),
        "staff_added": t("account made"),
        "staff_deactivated": t("access taken away"),
        "staff_reactivated": t("access given back"),
        "roles_changed": t("roles changed"),
        "invitation_taken_back": t("link taken back"),
        "reset_made": t("link for a new password made"),
        "password_reset": t("new password chosen through a link"),
        "password_changed": t("password changed"),
        "details_changed": t("name or language changed"),
        "second_factor_turned_on": t("second step turned on"),
        "second_factor_dropped": t("second step turned off"),
        "recovery_codes_made": t("new recovery codes made"),
        "recovery_code_used": t("recovery code used"),
        "session_ended": t("a browser signed out"),
        "other_sessions_ended": t("all other browsers signed out"),
        "identity_linked": t("other sign-in connected"),
        "identity_unlinked": t("other sign-in disconnected"),
    }
